#define _GNU_SOURCE
#include "tickd/store/store.h"

#include "tests/unit/tickd/store_bench.h"

static struct candle
kline(int slot, int64_t price_e8)
{
	return (struct candle){
		.open_time_us = FIRST_US + slot * CANDLE_M5_US,
		.open_e8 = price_e8,
		.high_e8 = price_e8,
		.low_e8 = price_e8,
		.close_e8 = price_e8,
		.volume = 2.5,
		.trades = 7,
		.first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE,
		.origin = CANDLE_KLINES,
		.complete = true,
	};
}

static void
history_never_replaces_a_candle_of_ticks(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12), kline(2, 13)};
	struct store_symbol known;
	struct tick ticks[10];
	char *before, *after;

	bench_open(&bench, state);
	must_write(&bench, ticks, trades(ticks, 1, 5, FIRST_US + CANDLE_M5_US, 1000));
	assert_int_equal(store_add_history(bench.store, 0, page, 3,
			     FIRST_US + 3 * CANDLE_M5_US, NOW_US), 0);
	assert_int_equal(candle_column(&bench, "open_e8", 0), 11);
	assert_int_equal(candle_column(&bench, "open_e8", 1), ticks[0].price_e8);
	assert_int_equal(candle_column(&bench, "origin = 'ticks'", 1), 1);
	assert_int_equal(candle_column(&bench, "first_tick_id IS NULL", 2), 1);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 3);
	assert_int_equal(known.history_until_us, FIRST_US + 3 * CANDLE_M5_US);
	/* From the first that was added to the last: what came between is told as well. */
	assert_int_equal(number(&bench, "SELECT count(*) FROM changes WHERE from_us = %lld AND"
	    " to_us = %lld AND told_us = %lld", (long long)FIRST_US,
	    (long long)(FIRST_US + 3 * CANDLE_M5_US), (long long)NOW_US), 1);
	/* The same page again is the same, also for a store that was opened anew. */
	before = tick_database_dump(handle_of(&bench));
	bench_restart(&bench, true);
	assert_int_equal(store_add_history(bench.store, 0, page, 3,
			     FIRST_US + 3 * CANDLE_M5_US, NOW_US), 0);
	after = tick_database_dump(handle_of(&bench));
	assert_same_dump(after, before);
	free(before);
	free(after);
	bench_close(&bench);
}

static void
ticks_with_a_hole_leave_the_exchange_s_own_candle_and_whole_ones_replace_it(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12)};
	struct store_symbol known;
	struct store_result result;
	struct tick ticks[40];
	size_t count;

	bench_open(&bench, state);
	assert_int_equal(store_add_history(bench.store, 0, page, 2,
			     FIRST_US + 2 * CANDLE_M5_US, NOW_US), 0);
	count = trades(ticks, 1, 4, FIRST_US, 1000);
	count += trades(ticks + count, 5, 6, FIRST_US + CANDLE_M5_US, 1000);
	count += trades(ticks + count, 8, 9, FIRST_US + 2 * CANDLE_M5_US, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 0), 1);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 1), 1);
	count = trades(ticks, 7, 7, FIRST_US + CANDLE_M5_US + 5000, 1000);
	assert_int_equal(bench_write(&bench, ticks, count, &result), 0);
	assert_int_equal(candle_column(&bench, "origin = 'klines'", 0), 1);
	assert_int_equal(candle_column(&bench, "origin = 'ticks'", 1), 1);
	assert_int_equal(candle_column(&bench, "complete", 1), 1);
	assert_int_equal(candle_column(&bench, "trades", 1), 3);
	assert_int_equal(candle_column(&bench, "revision", 1), 1);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 3);
	bench_close(&bench);
}

static void
history_that_cannot_be_stored_leaves_no_trace(void **state)
{
	struct bench bench;
	const struct candle page[] = {kline(0, 11), kline(1, 12)};
	struct store_symbol known;

	bench_open(&bench, state);
	sql_run(handle_of(&bench), "CREATE TRIGGER fails BEFORE UPDATE ON symbols BEGIN"
				   " SELECT RAISE(ABORT, 'by the test'); END");
	assert_int_equal(store_add_history(bench.store, 0, page, 2,
			     FIRST_US + CANDLE_M5_US, NOW_US),
	    -EINVAL);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 0);
	assert_int_equal(known.history_until_us, TICK_NONE);
	assert_int_equal(number(&bench, "SELECT count(*) FROM m5_candles"), 0);
	sql_run(handle_of(&bench), "DROP TRIGGER fails");
	assert_int_equal(store_add_history(bench.store, 0, page, 2,
			     FIRST_US + CANDLE_M5_US, NOW_US), 0);
	store_symbol(bench.store, 0, &known);
	assert_int_equal(known.candles, 2);
	bench_close(&bench);
}

#define promise(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(history_never_replaces_a_candle_of_ticks),
		promise(ticks_with_a_hole_leave_the_exchange_s_own_candle_and_whole_ones_replace_it),
		promise(history_that_cannot_be_stored_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
