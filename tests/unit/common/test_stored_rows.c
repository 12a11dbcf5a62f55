#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/stored_rows.h"

static sqlite3_stmt *
row_of(sqlite3 *handle, const char *sql)
{
	sqlite3_stmt *row;

	assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	return row;
}

static void
a_tick_comes_back_with_none_where_the_row_has_null(void **state)
{
	sqlite3_stmt *row = row_of(*state, "SELECT 1, -2, NULL, NULL, 5, NULL, 34, NULL");
	struct tick tick;

	stored_tick(row, &tick);
	sqlite3_finalize(row);
	assert_int_equal(tick.time_us, 1);
	assert_int_equal(tick.tick_id, -2);
	assert_int_equal(tick.price_e8, TICK_NONE);
	assert_int_equal(tick.volume_e8, TICK_NONE);
	assert_int_equal(tick.bid_e8, 5);
	assert_int_equal(tick.ask_e8, TICK_NONE);
	assert_int_equal(tick.flags, TICK_QUOTE | TICK_TIME_ESTIMATED);
	assert_int_equal(tick.trade_count, 0);
}

static void
an_aggregate_comes_back_with_its_trades(void **state)
{
	sqlite3_stmt *row = row_of(*state, "SELECT 1, 2, 3, 4, 5, 6, 1, 17");
	struct tick tick;

	stored_tick(row, &tick);
	sqlite3_finalize(row);
	assert_int_equal(tick.trade_count, 17);
}

static void
a_candle_comes_back_whole_whatever_its_origin(void **state)
{
	static const char *const sql[] = {
		"SELECT 300000000, 2, 4, 1, 3, 0.5, 1.25, 0.125, 7, 10, 16, 'ticks', 2, 1",
		"SELECT 300000000, 2, 4, 1, 3, 0.5, 1.25, 0.125, 7, NULL, NULL, 'klines', 2, 1",
		"SELECT 300000000, 2, 4, 1, 3, 0.5, 1.25, 0.125, 7, NULL, NULL, 'bars', 2, 1"};

	for (enum candle_origin origin = CANDLE_TICKS; origin <= CANDLE_BARS; origin++) {
		sqlite3_stmt *row = row_of(*state, sql[origin]);
		struct candle candle;

		stored_candle(row, &candle);
		sqlite3_finalize(row);
		assert_int_equal(candle.open_time_us, CANDLE_M5_US);
		assert_int_equal(candle.open_e8 * 1000 + candle.high_e8 * 100 + candle.low_e8 * 10 +
			candle.close_e8, 2413);
		assert_true(candle.volume == 0.5 && candle.quote_volume == 1.25);
		assert_true(candle.taker_buy_volume == 0.125 && candle.complete);
		assert_int_equal(candle.trades, 7);
		assert_int_equal(candle.first_tick_id, origin == CANDLE_TICKS ? 10 : TICK_NONE);
		assert_int_equal(candle.last_tick_id, origin == CANDLE_TICKS ? 16 : TICK_NONE);
		assert_int_equal(candle.origin, origin);
		assert_int_equal(candle.revision, 2);
	}
}

static int
open_memory(void **state)
{
	return sqlite3_open(":memory:", (sqlite3 **)state) == SQLITE_OK ? 0 : -1;
}

static int
close_memory(void **state)
{
	return sqlite3_close(*state) == SQLITE_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_comes_back_with_none_where_the_row_has_null),
		cmocka_unit_test(an_aggregate_comes_back_with_its_trades),
		cmocka_unit_test(a_candle_comes_back_whole_whatever_its_origin),
	};

	return cmocka_run_group_tests(tests, open_memory, close_memory);
}
