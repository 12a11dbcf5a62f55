#define _GNU_SOURCE
#include "tickd/store.h"

#include "tests/unit/tickd/store_bench.h"

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

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_failure_in_each_table_rolls_everything_back),
		promise(a_full_database_stores_nothing_of_a_batch_and_all_of_it_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
