#define _GNU_SOURCE
#include "analysisd/dtms/dtms_store.h"

#include "tests/unit/analysisd/dtms_bench.h"
#include "tests/unit/failing_vfs.h"

#include <errno.h>

#define INSTANT_ACTIONS 5 /* of the second instant */

/* A trade in WARNING_L1 with what led to it. */
static void
write_first_instant(struct dtms_bench *bench)
{
	const struct dtms_progress progress = {.next_us = BENCH_US};
	struct dtms_trade trade = bench_trade(1);

	trade.state = DTMS_WARNING_L1;
	assert_int_equal(results_begin(bench->results), 0);
	bench_write(bench, &trade);
	assert_int_equal(bench_add_action(bench, &trade, 1, "pending"), 1);
	assert_int_equal(dtms_store_write_progress(bench->store, "sim", &progress), 0);
	assert_int_equal(results_commit(bench->results), 0);
}

static int
write_second_instant_rows(struct dtms_bench *bench)
{
	const struct dtms_progress progress = {.next_us = BENCH_US + DTMS_GRID_US};
	struct dtms_trade trade = bench_trade(1);
	int result;

	trade.state = DTMS_WARNING_L2;
	result = dtms_store_write_trade(bench->store, &trade);
	for (int i = 2; i < 2 + INSTANT_ACTIONS && result >= 0; i++)
		result = bench_add_action(bench, &trade, i, "pending");
	if (result >= 0)
		result = bench_add_check(bench, &trade, BENCH_US + DTMS_GRID_US);
	if (result >= 0)
		result = dtms_store_take_result(bench->store, "sim", "a/1", "done", NULL);
	return result < 0 ? result :
			    dtms_store_write_progress(bench->store, "sim", &progress);
}

static int
write_second_instant(struct dtms_bench *bench)
{
	int result = results_begin(bench->results);

	if (result == 0)
		result = write_second_instant_rows(bench);
	if (result == 0)
		result = results_commit(bench->results);
	if (result < 0)
		results_rollback(bench->results);
	return result;
}

/* 1: the second instant is all there; 0: nothing of it; what is neither is a failure. */
static int
seen(struct dtms_bench *bench)
{
	int64_t parts[] = {
		bench_number(bench, "SELECT state = 'WARNING_L2' FROM dtms_trades"),
		bench_number(bench, "SELECT count(*) = 1 + %d FROM dtms_actions", INSTANT_ACTIONS),
		bench_number(bench, "SELECT status = 'done' FROM dtms_actions"
				    " WHERE action_id = 'a/1'"),
		bench_number(bench, "SELECT count(*) = 1 FROM dtms_checks"),
		bench_number(bench, "SELECT next_us = %lld FROM dtms_progress",
		    (long long)(BENCH_US + DTMS_GRID_US)),
	};

	for (size_t i = 1; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_int_equal(parts[i], parts[0]);
	if (parts[0] == 0)
		assert_int_equal(bench_number(bench, "SELECT count(*) FROM dtms_actions"), 1);
	return (int)parts[0];
}

/*
 * One try with the nth call failing: whole or not at all, at once and after a restart; then it
 * succeeds.  Returns whether the nth call was reached.
 */
static bool
survives(enum failing_call call, int nth, int code, bool for_good)
{
	void *folder = NULL;
	struct dtms_bench bench;
	int result, failed;

	assert_int_equal(scratch_make(&folder), 0);
	bench_open(&bench, &folder);
	assert_int_equal(database_execute(bench.db, "PRAGMA synchronous=FULL"), 0);
	write_first_instant(&bench);
	failing_arm(call, nth, code, for_good);
	result = write_second_instant(&bench);
	failed = failing_disarm();
	assert_true(result == 0 || result == -EIO || result == -ENOSPC);
	assert_int_equal(seen(&bench), result == 0);
	bench_restart(&bench);
	/* A commit whose sync failed may have come through after all. */
	if (result == 0)
		assert_int_equal(seen(&bench), 1);
	else
		(void)seen(&bench);
	assert_int_equal(write_second_instant(&bench), 0);
	assert_int_equal(seen(&bench), 1);
	bench_stop(&bench);
	assert_int_equal(scratch_remove(&folder), 0);
	return failed > 0;
}

static void
survives_every(enum failing_call call, int code)
{
	for (int for_good = 0; for_good < 2; for_good++) {
		int nth = 1;

		while (survives(call, nth, code, for_good))
			nth++;
		assert_true(nth > 1);
	}
}

static void
state_and_actions_are_stored_together_whichever_write_fails(void **state)
{
	survives_every(FAILING_WRITE, SQLITE_IOERR_WRITE);
}

static void
state_and_actions_are_stored_together_on_a_full_disk(void **state)
{
	survives_every(FAILING_WRITE, SQLITE_FULL);
}

static void
state_and_actions_are_stored_together_whichever_sync_fails(void **state)
{
	survives_every(FAILING_SYNC, SQLITE_IOERR_FSYNC);
}

static void
a_failure_in_each_table_leaves_nothing_of_the_instant(void **state)
{
	static const char *const moments[] = {"UPDATE ON dtms_trades", "INSERT ON dtms_checks",
		"INSERT ON dtms_actions WHEN NEW.action_id = 'a/4'",
		"UPDATE ON dtms_actions WHEN NEW.status = 'done'", "INSERT ON dtms_progress"};
	struct dtms_bench bench;

	bench_open(&bench, state);
	write_first_instant(&bench);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		char sql[256];

		snprintf(sql, sizeof(sql), "CREATE TRIGGER fails BEFORE %s BEGIN"
			 " SELECT RAISE(ABORT, 'by the test'); END", moments[i]);
		assert_int_equal(database_execute(bench.db, sql), 0);
		assert_int_equal(write_second_instant(&bench), -EINVAL);
		assert_int_equal(database_execute(bench.db, "DROP TRIGGER fails"), 0);
		assert_int_equal(seen(&bench), 0);
	}
	assert_int_equal(write_second_instant(&bench), 0);
	assert_int_equal(seen(&bench), 1);
	bench_stop(&bench);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_and_actions_are_stored_together_whichever_write_fails),
		cmocka_unit_test(state_and_actions_are_stored_together_on_a_full_disk),
		cmocka_unit_test(state_and_actions_are_stored_together_whichever_sync_fails),
		BENCH_TEST(a_failure_in_each_table_leaves_nothing_of_the_instant),
	};

	return cmocka_run_group_tests(tests, failing_vfs_begin, NULL);
}
