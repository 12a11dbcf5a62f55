#define _GNU_SOURCE
#include "tickd/store/store.h"

#include "common/clock.h"
#include "tests/unit/failing_vfs.h"
#include "tests/unit/tickd/store_bench.h"
#include "tickd/store/retention.h"

static void
a_failure_in_each_table_rolls_everything_back(void **state)
{
	static const char *const triggers[] = {
		"CREATE TRIGGER fails BEFORE INSERT ON m5_candles BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON unified_ticks WHEN NEW.tick_id = 40 BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON feed_gaps BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE UPDATE ON feed_gaps BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
		"CREATE TRIGGER fails BEFORE INSERT ON changes BEGIN"
		" SELECT RAISE(ABORT, 'by the test'); END",
	};
	struct bench bench;
	struct tick ticks[100];
	size_t count = trades(ticks, 1, 20, FIRST_US, CANDLE_M5_US / 10);

	bench_open(&bench, state);
	count += trades(ticks + count, 30, 35, FIRST_US + 3 * CANDLE_M5_US, 1000);
	must_write(&bench, ticks, count);
	check_all(&bench);
	/* A jump of the ids, and one of the missing trades into a slot that is over. */
	count = trades(ticks, 36, 45, FIRST_US + 4 * CANDLE_M5_US, 1000);
	count += trades(ticks + count, 50, 50, FIRST_US + 4 * CANDLE_M5_US + 50000, 1000);
	count += trades(ticks + count, 25, 25, FIRST_US + 2 * CANDLE_M5_US + 50000, 1000);
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		assert_fails_without_a_trace(&bench, triggers[i], ticks, count);
	must_write(&bench, ticks, count);
	check_all(&bench);
	bench_close(&bench);
}

static void
a_full_database_stores_nothing_of_a_batch_and_all_of_it_later(void **state)
{
	static struct tick ticks[5000];
	struct bench bench;
	size_t count = trades(ticks, 1, 5000, FIRST_US, SLOTS * CANDLE_M5_US / 5001);
	struct store_result result;
	char *before, *after, pragma[64];

	bench_open(&bench, state);
	must_write(&bench, ticks, 10);
	before = tick_database_dump(handle_of(&bench));
	snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count=%lld",
	    (long long)number(&bench, "PRAGMA page_count") + 3);
	sql_run(handle_of(&bench), pragma);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_write(&bench, ticks + 10, count - 10, &result), -ENOSPC);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	sql_run(handle_of(&bench), "PRAGMA max_page_count=1000000");
	must_write(&bench, ticks + 10, count - 10);
	check_all(&bench);
	free(before);
	free(after);
	bench_close(&bench);
}

/* ---- a disk that fails at the Nth write or sync ---- */

/* What is done on a store that holds some slots with holes; 0 or -errno. */
typedef int operation(struct bench *bench);

static int
write_a_batch(struct bench *bench)
{
	struct store_result result;
	struct tick ticks[400];
	size_t count = trades(ticks, 61, 200, FIRST_US + 3 * CANDLE_M5_US, CANDLE_M5_US / 50);

	count += trades(ticks + count, 31, 35, FIRST_US + CANDLE_M5_US + 40000, 1000);
	count += trades(ticks + count, 210, 220, FIRST_US + 7 * CANDLE_M5_US, 1000);
	return store_write(bench->store, ticks, count, NOW_US, &result);
}

static int
add_a_page(struct bench *bench)
{
	struct store_result result;
	struct tick ticks[400];
	size_t count = trades(ticks, 25, 40, FIRST_US + CANDLE_M5_US + 34000, 1000);

	count += trades(ticks + count, 58, 180, FIRST_US + 2 * CANDLE_M5_US + 700000,
	    CANDLE_M5_US / 50);
	return store_add_page(bench->store, 0, ticks, count, NOW_US, &result);
}

static int
tell_the_beginning(struct bench *bench)
{
	return store_begin_at(bench->store, 0, FIRST_US, 5, NOW_US);
}

static int
give_up_a_gap(struct bench *bench)
{
	return store_give_up(bench->store, 0, 33, 36, "by the test", NOW_US);
}

static int
delete_what_is_old(struct bench *bench)
{
	const struct settings settings = {.binance.symbols = bench->names,
		.retention.ticks_us = CANDLE_M5_US / 2, .retention.m5_candles_us = CANDLE_M5_US,
		.retention.gaps_us = CLOCK_DAY_US, .retention.changes_us = CLOCK_DAY_US};
	const int64_t now_us = FIRST_US + 100 * CLOCK_DAY_US;
	struct retention retention;
	int result = 0;

	retention_init(&retention, &settings, bench->store);
	while (result >= 0 && retention_waits(&retention, now_us))
		result = retention_turn(&retention, now_us);
	return result < 0 ? result : 0;
}

/* Slots 0 to 2 with the ids 10 to 30, 37 to 60. */
static void
bench_open_with_holes(struct bench *bench, void **folder)
{
	struct tick ticks[100];
	size_t count = trades(ticks, 10, 20, FIRST_US, 1000);

	bench_open(bench, folder);
	sql_run(handle_of(bench), "PRAGMA synchronous=FULL");
	count += trades(ticks + count, 21, 30, FIRST_US + CANDLE_M5_US + 30000, 1000);
	count += trades(ticks + count, 37, 60, FIRST_US + 2 * CANDLE_M5_US, 1000);
	must_write(bench, ticks, count);
}

static char *
dump_after(operation *operate)
{
	void *folder = NULL;
	struct bench bench;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open_with_holes(&bench, &folder);
	assert_int_equal(operate(&bench), 0);
	text = tick_database_dump(handle_of(&bench));
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return text;
}

/*
 * One try with the nth call failing.  Whether the operation failed or not, afterwards it succeeds
 * and all is as it would be without; a restart in between makes no difference.  Returns whether
 * the nth call was reached.
 */
static bool
survives(operation *operate, enum failing_call call, int nth, int code, bool for_good,
    const char *expected)
{
	void *folder = NULL;
	struct bench bench;
	int result, failed;
	char *text;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open_with_holes(&bench, &folder);
	failing_arm(call, nth, code, for_good);
	result = operate(&bench);
	/* Again while the disk is ill: it may, and must not make it worse. */
	if (result < 0 && for_good)
		assert_true(operate(&bench) < 0);
	failed = failing_disarm();
	assert_true(result == 0 || result == -EIO || result == -ENOSPC);
	assert_true(sqlite3_get_autocommit(handle_of(&bench)));
	if (nth % 2 == 0)
		bench_restart(&bench, true);
	if (result < 0)
		assert_int_equal(operate(&bench), 0);
	text = tick_database_dump(handle_of(&bench));
	assert_same_dump(text, expected);
	assert_int_equal(number(&bench, "SELECT count(*) FROM pragma_integrity_check"
					" WHERE integrity_check = 'ok'"), 1);
	free(text);
	bench_close(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return failed > 0;
}

static void
survives_every(operation *operate)
{
	static const struct {
		enum failing_call call;
		int code;
	} ills[] = {{FAILING_WRITE, SQLITE_IOERR_WRITE}, {FAILING_WRITE, SQLITE_FULL},
		{FAILING_SYNC, SQLITE_IOERR_FSYNC}};
	char *expected = dump_after(operate);

	for (size_t i = 0; i < sizeof(ills) / sizeof(ills[0]); i++)
		for (int for_good = 0; for_good < 2; for_good++) {
			int nth = 1;

			while (survives(operate, ills[i].call, nth, ills[i].code, for_good, expected))
				nth++;
			assert_true(nth > 1);
		}
	free(expected);
}

static void
a_batch_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(write_a_batch);
}

static void
a_page_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(add_a_page);
}

static void
a_beginning_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(tell_the_beginning);
}

static void
a_gap_given_up_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(give_up_a_gap);
}

static void
retention_survives_a_failure_of_any_write_or_sync(void **state)
{
	survives_every(delete_what_is_old);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_failure_in_each_table_rolls_everything_back),
		promise(a_full_database_stores_nothing_of_a_batch_and_all_of_it_later),
		cmocka_unit_test(a_batch_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(a_page_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(a_beginning_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(a_gap_given_up_survives_a_failure_of_any_write_or_sync),
		cmocka_unit_test(retention_survives_a_failure_of_any_write_or_sync),
	};

	return cmocka_run_group_tests(tests, failing_vfs_begin, NULL);
}
