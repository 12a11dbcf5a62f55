/*
 * A symbol that is paired with another source's is compared with it at every close, and again when
 * the other one's ticks change.
 */
#define _GNU_SOURCE
#define MARKET_RUN_WITH_REAL_ANALYSES
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

#define OURS 1
#define THEIRS 2
#define BARS 13 /* an hour before the last one's open */
#define CLOSE_US (DAY_US + BARS * CANDLE_M5_US)
#define OFFSETS "SELECT count(*) FROM analysis_results WHERE analysis_type = 'offset_calibration'"
#define NEWEST                                                                                     \
	"SELECT json_extract(result, '$.offset') || ' of ' || json_extract(result, '$.pairs')" \
	" FROM analysis_results WHERE analysis_type = 'offset_calibration'"                        \
	" ORDER BY time_us DESC LIMIT 1"

static char *items[] = {(char *)"XAUUSDc=XAUUSD", (char *)"XAUUSD=binance:PAXGUSDT"};
static const struct settings settings = {.mt5 = {.aliases = {items, 2}}};

static void
pair(struct fixture *f)
{
	assert_int_equal(markets_pair(f->run.markets, &settings), 0);
}

/* Quotes every 15 s, ours 2.5 above theirs. */
static void
store_both(struct fixture *f)
{
	tick_store_symbol(&f->store, OURS, "mt5", "XAUUSDc");
	tick_store_symbol(&f->store, THEIRS, "binance", "PAXGUSDT");
	tick_store_candles(&f->store, OURS, DAY_US, CLOSE_US, "ticks");
	tick_store_candles(&f->store, THEIRS, DAY_US, CLOSE_US, "ticks");
	for (int64_t us = DAY_US; us < CLOSE_US; us += 15 * CLOCK_SECOND_US) {
		tick_store_tick(&f->store, OURS, us + 14000000, us / 1000000, 100240000000,
		    100260000000);
		tick_store_tick(&f->store, THEIRS, us + 14000000, us / 1000000, 99990000000,
		    100010000000);
	}
	tick_store_clock(&f->store, OURS, CLOSE_US + CLOCK_SECOND_US);
	tick_store_clock(&f->store, THEIRS, CLOSE_US + CLOCK_SECOND_US);
}

static void
a_paired_symbol_is_compared_at_each_close_and_no_other(void **state)
{
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	drain(f);
	assert_answer(f, OFFSETS " AND source = 'mt5' AND symbol = 'XAUUSDc' AND timeframe = 'M5'",
	    "13");
	assert_answer(f, OFFSETS, "13");
	assert_answer(f, NEWEST, "2.5 of 120");
}

static void
without_an_alias_nothing_is_compared(void **state)
{
	struct fixture *f = *state;

	store_both(f);
	drain(f);
	assert_answer(f, OFFSETS, "0");
}

/* Ours moves by nothing: what changes is what the other source's backfill brings. */
static void
a_late_tick_of_the_other_source_is_compared_again(void **state)
{
	struct fixture *f = *state;
	int64_t then_us = DAY_US + 40 * 60 * CLOCK_SECOND_US;

	pair(f);
	store_both(f);
	drain(f);
	tick_store_execute(&f->store, "UPDATE unified_ticks SET bid_e8 = bid_e8 + 12000000000,"
	    " ask_e8 = ask_e8 + 12000000000 WHERE symbol_id = 2 AND time_us >= %lld AND time_us < %lld",
	    (long long)then_us, (long long)(then_us + 30000000));
	tick_store_execute(&f->store, "INSERT INTO changes(symbol_id, from_us, to_us)"
	    " VALUES(2, %lld, %lld)", (long long)then_us, (long long)(then_us + 30000000));
	drain(f);
	assert_answer(f, NEWEST, "1.5 of 120");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* No change is told of ticks that come in order, however late they are by our symbol's clock. */
static void
ticks_of_a_source_that_lags_behind_are_compared_when_they_come(void **state)
{
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	tick_store_execute(&f->store, "CREATE TABLE later AS SELECT * FROM unified_ticks WHERE"
	    " symbol_id = 2 AND time_us >= %lld; DELETE FROM unified_ticks WHERE symbol_id = 2 AND"
	    " time_us >= %lld", (long long)(DAY_US + HOUR_US / 2),
	    (long long)(DAY_US + HOUR_US / 2));
	tick_store_clock(&f->store, THEIRS, DAY_US + HOUR_US / 2);
	drain(f);
	assert_answer(f, NEWEST, "2.5 of 60");
	for (int minute = 35; minute <= 65; minute += 5) {
		int64_t now_us = DAY_US + minute * 60 * CLOCK_SECOND_US;

		tick_store_execute(&f->store, "INSERT OR IGNORE INTO unified_ticks SELECT * FROM later"
		    " WHERE time_us < %lld", (long long)now_us);
		tick_store_clock(&f->store, THEIRS, now_us);
		drain(f);
	}
	assert_answer(f, NEWEST, "2.5 of 120");
}

/* Ours were deleted, or theirs. */
static void
an_offset_stays_when_ticks_of_either_are_deleted(void **state)
{
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	drain(f);
	for (int symbol = THEIRS; symbol >= OURS; symbol--) {
		tick_store_execute(&f->store, "DELETE FROM unified_ticks WHERE symbol_id = %d", symbol);
		tick_store_execute(&f->store, "UPDATE symbols SET frozen_us = %lld, ticks_from_us = NULL"
		    " WHERE symbol_id = %d", (long long)CLOSE_US, symbol);
		tick_store_execute(&f->store, "INSERT INTO changes(symbol_id, from_us, to_us)"
		    " VALUES(1, %lld, %lld)", (long long)DAY_US, (long long)CLOSE_US);
		drain(f);
		assert_answer(f, NEWEST, "2.5 of 120");
		assert_answer(f, OFFSETS, "13");
	}
}

/* ---- another pairing than before ---- */

/* The newest offset that is stored, and how many rows there are, once all is done. */
static void
assert_offsets(struct fixture *f, const char *newest, const char *rows)
{
	drain(f);
	assert_answer(f, NEWEST, newest);
	assert_answer(f, OFFSETS, rows);
	assert_answer(f, "SELECT sum(results) = (SELECT count(*) FROM analysis_results)"
			 " FROM analysis_progress", "1");
}

static void
an_alias_that_is_new_in_the_settings_is_compared_in_what_is_analysed_already(void **state)
{
	struct fixture *f = *state;

	store_both(f);
	assert_offsets(f, NULL, "0");
	restart(f);
	pair(f);
	assert_offsets(f, "2.5 of 120", "13");
}

static void
an_alias_that_is_gone_from_the_settings_takes_its_results_with_it(void **state)
{
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	assert_offsets(f, "2.5 of 120", "13");
	restart(f);
	assert_offsets(f, NULL, "0");
}

static void
an_alias_of_another_symbol_is_compared_with_that_one(void **state)
{
	static char *other_items[] = {(char *)"XAUUSDc=binance:XAUTUSDT"};
	static const struct settings other = {.mt5 = {.aliases = {other_items, 1}}};
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	tick_store_symbol(&f->store, 3, "binance", "XAUTUSDT");
	tick_store_execute(&f->store, "INSERT INTO unified_ticks SELECT 3, time_us, tick_id, price_e8,"
	    " volume_e8, bid_e8 - 100000000, ask_e8 - 100000000, flags, trade_count"
	    " FROM unified_ticks WHERE symbol_id = 2");
	assert_offsets(f, "2.5 of 120", "13");
	restart(f);
	assert_int_equal(markets_pair(f->run.markets, &other), 0);
	assert_offsets(f, "3.5 of 120", "13");
	assert_answer(f, OFFSETS " AND json_extract(result, '$.against') = 'binance:XAUTUSDT'", "13");
	/* The same settings again: nothing is done anew. */
	restart(f);
	assert_int_equal(markets_pair(f->run.markets, &other), 0);
	drain(f);
	assert_true(figures_of(f).analysed <= 2);
}

static void
a_symbol_that_appears_later_is_compared_in_what_is_analysed_already(void **state)
{
	struct fixture *f = *state;

	pair(f);
	store_both(f);
	tick_store_execute(&f->store, "UPDATE symbols SET symbol = 'LATER' WHERE symbol_id = 2");
	assert_offsets(f, NULL, "0");
	restart(f);
	pair(f);
	assert_offsets(f, NULL, "0");
	tick_store_symbol(&f->store, 3, "binance", "PAXGUSDT");
	tick_store_execute(&f->store, "UPDATE unified_ticks SET symbol_id = 3 WHERE symbol_id = 2");
	assert_offsets(f, "2.5 of 120", "13");
}

/* XAUUSDc is two accounts' name for two things. */
static void
an_account_with_aliases_of_its_own_is_compared_by_those_alone(void **state)
{
	static char *own_items[] = {(char *)"XAUUSDc=GOLD"};
	static struct settings_account accounts[] = {
		{.source = (char *)"first"}, {.source = (char *)"mt5", .aliases = {own_items, 1}}};
	static const struct settings of_two = {
		.mt5 = {.aliases = {items, 2}, .accounts = accounts, .account_count = 2}};
	struct fixture *f = *state;

	assert_int_equal(markets_pair(f->run.markets, &of_two), 0);
	store_both(f);
	assert_offsets(f, NULL, "0");
	/* As another account's, by the aliases of [mt5]. */
	restart(f);
	accounts[1].source = (char *)"second";
	assert_int_equal(markets_pair(f->run.markets, &of_two), 0);
	assert_offsets(f, "2.5 of 120", "13");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_paired_symbol_is_compared_at_each_close_and_no_other),
		TEST(without_an_alias_nothing_is_compared),
		TEST(a_late_tick_of_the_other_source_is_compared_again),
		TEST(ticks_of_a_source_that_lags_behind_are_compared_when_they_come),
		TEST(an_offset_stays_when_ticks_of_either_are_deleted),
		TEST(an_alias_that_is_new_in_the_settings_is_compared_in_what_is_analysed_already),
		TEST(an_alias_that_is_gone_from_the_settings_takes_its_results_with_it),
		TEST(an_alias_of_another_symbol_is_compared_with_that_one),
		TEST(a_symbol_that_appears_later_is_compared_in_what_is_analysed_already),
		TEST(an_account_with_aliases_of_its_own_is_compared_by_those_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
