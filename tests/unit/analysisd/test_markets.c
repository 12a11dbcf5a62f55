#define _GNU_SOURCE
#include "analysisd/markets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

/* ---- what is closed ---- */

static void
a_candle_is_analysed_one_second_after_its_slot(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candle(&f->store, 1, DAY_US, "ticks", 0);
	tick_store_clock(&f->store, 1, DAY_US + CANDLE_M5_US + CLOCK_SECOND_US - 1);
	drain(f);
	assert_answer(f, ROWS, "0");
	tick_store_clock(&f->store, 1, DAY_US + CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, ROWS, "2");
	assert_answer(f, "SELECT min(timeframe || time_us || source || symbol) FROM analysis_results",
	    "M51723161600000000simBTCUSDT");
}

static void
a_quiet_symbol_is_closed_by_the_clock_of_its_source(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "QUIET");
	tick_store_symbol(&f->store, 2, "sim", "BUSY");
	tick_store_symbol(&f->store, 3, "mt5", "OTHER");
	tick_store_candle(&f->store, 1, DAY_US, "ticks", 0);
	tick_store_candle(&f->store, 3, DAY_US, "ticks", 0);
	tick_store_clock(&f->store, 1, DAY_US + 7);
	tick_store_clock(&f->store, 3, DAY_US + 7);
	drain(f);
	assert_answer(f, ROWS, "0");
	tick_store_clock(&f->store, 2, DAY_US + HOUR_US);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE symbol = 'QUIET'"
			 " AND timeframe = 'M5'", "2");
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE symbol = 'OTHER'", "0");
}

static void
without_a_source_clock_nothing_is_closed(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "klines");
	drain(f);
	assert_answer(f, ROWS, "0");
}

static void
a_symbol_that_appears_later_is_analysed(void **state)
{
	struct fixture *f = *state;

	drain(f);
	tick_store_symbol(&f->store, 9, "sim", "LATE");
	tick_store_candles(&f->store, 9, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_clock(&f->store, 9, DAY_US + 2 * HOUR_US);
	drain(f);
	assert_answer(f, ROWS, "24");
}

/* ---- the same when run again ---- */

static void
restarts_in_the_middle_give_the_same_bytes(void **state)
{
	struct fixture *f = *state;
	char *whole, *pieces;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	whole = ask(f, ALL);
	tick_store_execute(&f->store, "UPDATE symbols SET newest_us = NULL");
	assert_int_equal(database_execute(f->run.analysis_db,
			     NOTHING_IS_ANALYSED), 0);
	/* Now live: an hour at a time, in turns of one candle, with a restart every five hours. */
	for (int hour = -59; hour <= 13; hour++) {
		if (hour % 5 == 0)
			restart(f);
		tick_store_clock(&f->store, 1, DAY_US + hour * HOUR_US);
		drain_by(f, 0);
	}
	pieces = ask(f, ALL);
	assert_non_null(whole);
	assert_non_null(pieces);
	assert_same_lines(whole, pieces);
	free(whole);
	free(pieces);
}

static void
a_restart_leaves_what_is_done_alone(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "UPDATE analysis_results SET created_us = 1"), 0);
	restart(f);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE created_us <> 1", "0");
	assert_answer(f, "SELECT sum(results) = (SELECT count(*) FROM analysis_results)"
			 " FROM analysis_progress", "1");
}

static void
an_indicator_is_seeded_from_the_last_500_bars_before_midnight(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US - 60 * HOUR_US, DAY_US + HOUR_US, "klines");
	tick_store_clock(&f->store, 1, DAY_US + 2 * HOUR_US);
	drain(f);
	assert_answer(f, "SELECT json_extract(result, '$.bars') || ' '"
			 " || json_extract(result, '$.seed_bars') || ' '"
			 " || json_extract(result, '$.seeded_us') FROM analysis_results"
			 " WHERE analysis_type = 'probe_frame' AND timeframe = 'M5' ORDER BY time_us DESC LIMIT 1",
	    "512 500 1723161600000000");
}

/* ---- changes ---- */

static void
a_revised_candle_and_all_that_depends_on_it_is_computed_again(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	tick_store_revise(&f->store, 1, DAY_US + HOUR_US, 1);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE input_revision = 1 AND timeframe = 'M5'", "2");
	assert_as_if_computed_anew(f);
}

static void
a_change_while_it_was_away_is_seen_after_a_restart(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	stop(f);
	tick_store_revise(&f->store, 2, DAY_US - 30 * HOUR_US, 4);
	start(f);
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
a_change_reaches_no_further_than_the_seed_of_each_timeframe(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US - 20 * CLOCK_DAY_US, DAY_US, "klines");
	tick_store_clock(&f->store, 1, DAY_US + 2 * HOUR_US);
	drain(f);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "UPDATE analysis_results SET created_us = 1"), 0);
	before = figures_of(f).analysed;
	/* The last of its H4 bar: the close of every bar that holds it. */
	tick_store_revise(&f->store, 1, DAY_US - 18 * CLOCK_DAY_US + 4 * HOUR_US - CANDLE_M5_US, 1);
	drain(f);
	/* The rest of its day, from 3:55 on, and the one other day whose 500 bars before hold it. */
	assert_int_equal(figures_of(f).analysed - before, 288 - 47 + 288);
	assert_answer(f, "SELECT max(time_us) < 1723161600000000 - 15 * 86400000000"
			 " FROM analysis_results WHERE created_us <> 1 AND timeframe = 'M5'", "1");
	/* 500 bars of M15 are more than five days, 500 of H4 more than there are. */
	assert_answer(f, "SELECT (max(time_us) - 1723161600000000) / 86400000000 FROM analysis_results"
			 " WHERE created_us <> 1 AND timeframe = 'M15'", "-12");
	assert_answer(f, "SELECT max(time_us) = 1723161600000000 - 4 * 3600000000 FROM"
			 " analysis_results WHERE created_us <> 1 AND timeframe = 'H4'", "1");
	assert_as_if_computed_anew(f);
}

static void
changes_that_come_one_after_the_other_are_all_followed(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	tick_store_revise(&f->store, 1, DAY_US + 9 * HOUR_US, 1);
	for (int i = 0; i < 20; i++) {
		struct problem problem;
		bool wrote;

		/* In the midst of the first one's way, later and earlier ones. */
		assert_int_equal(markets_turn(f->run.markets, 0, &wrote, &problem), 1);
		tick_store_revise(&f->store, 1, DAY_US + (i * 7 % 23 - 10) * HOUR_US, 2 + i);
	}
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
history_that_comes_after_the_first_ticks_is_analysed(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, ROWS, "24");
	tick_store_candles(&f->store, 1, DAY_US - 5 * HOUR_US, DAY_US, "klines");
	drain(f);
	assert_answer(f, ROWS, "144");
	assert_as_if_computed_anew(f);
}

static void
history_that_comes_in_pieces_is_analysed_piece_by_piece(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + CLOCK_SECOND_US);
	drain(f);
	for (int hour = -70; hour < 0; hour += 10) {
		tick_store_candles(&f->store, 1, DAY_US + hour * HOUR_US,
		    DAY_US + (hour + 10) * HOUR_US, "klines");
		tick_store_execute(&f->store, "UPDATE symbols SET history_until_us = %lld",
		    (long long)(DAY_US + (hour + 10) * HOUR_US));
		if (hour == -40)
			restart(f);
		else if (hour != -20)
			drain(f);
	}
	assert_answer(f, ROWS, "1704");
	assert_as_if_computed_anew(f);
}

static void
a_candle_completed_after_it_was_analysed_is_analysed_again(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_execute(&f->store, "UPDATE m5_candles SET complete = 0");
	tick_store_clock(&f->store, 1, DAY_US + CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	tick_store_execute(&f->store, "UPDATE m5_candles SET complete = 1");
	tick_store_clock(&f->store, 1, DAY_US + 2 * CANDLE_M5_US + CLOCK_SECOND_US);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE"
			 " json_extract(result, '$.bar.complete') = 1 AND timeframe = 'M5'", "2");
}

static void
lost_changes_mean_that_all_is_looked_at_again(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 13 * HOUR_US);
	drain(f);
	stop(f);
	tick_store_revise(&f->store, 1, DAY_US - 50 * HOUR_US, 1);
	tick_store_execute(&f->store, "DELETE FROM changes");
	start(f);
	drain(f);
	assert_answer(f, "SELECT count(*) FROM analysis_results WHERE input_revision = 1 AND timeframe = 'M5'", "2");
	assert_as_if_computed_anew(f);
}

/* ---- ticks ---- */

static void
a_candle_with_more_ticks_than_a_turn_can_read_is_read_in_several(void **state)
{
	struct fixture *f = *state;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candle(&f->store, 1, DAY_US, "ticks", 0);
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US);
	tick_store_execute(&f->store, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
	    " LIMIT 35000) INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8, ask_e8,"
	    " flags) SELECT 1, %lld + i / 2, i, 100000000, 100000000 + i, 2 FROM n",
	    (long long)DAY_US);
	assert_true(drain_by(f, 0) >= 4);
	assert_answer(f, "SELECT json_extract(result, '$.ticks') || ' '"
			 " || json_extract(result, '$.spread.max') || ' '"
			 " || json_extract(result, '$.spread.median') FROM analysis_results"
			 " WHERE analysis_type = 'probe_ticks'",
	    "35000 0.00034999 0.000174995");
}

/* ---- figures ---- */

static void
figures_say_what_is_done_and_what_is_not(void **state)
{
	struct fixture *f = *state;
	struct markets_figures figures;
	struct problem problem;
	bool wrote;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + HOUR_US + 2 * CLOCK_SECOND_US);
	assert_int_equal(markets_turn(f->run.markets, 0, &wrote, &problem), 1);
	assert_true(wrote);
	markets_figures(f->run.markets, &figures);
	assert_int_equal(figures.pending, 1);
	drain(f);
	markets_figures(f->run.markets, &figures);
	assert_int_equal(figures.pending, 0);
	assert_int_equal(figures.results, 12 * PROBE_M5 + 4 + 2 + 1); /* M15, M30, H1 */
	assert_int_equal(figures.symbols, 1);
	assert_int_equal(figures.newest_candle_us, DAY_US + HOUR_US - CANDLE_M5_US);
	assert_int_equal(figures.lag_us, 2 * CLOCK_SECOND_US);
}

static void
a_failed_write_leaves_nothing_behind_and_is_said(void **state)
{
	struct fixture *f = *state;
	struct problem problem;
	bool wrote;

	tick_store_symbol(&f->store, 1, "sim", "BTCUSDT");
	tick_store_candles(&f->store, 1, DAY_US, DAY_US + HOUR_US, "ticks");
	tick_store_clock(&f->store, 1, DAY_US + 2 * HOUR_US);
	assert_int_equal(database_execute(f->run.analysis_db,
			     "CREATE TEMP TRIGGER full BEFORE INSERT ON main.analysis_results WHEN"
			     " NEW.time_us >= 1723161600000000 + 6 * 300000000 BEGIN"
			     " SELECT RAISE(ABORT, 'no room'); END"), 0);
	assert_true(markets_turn(f->run.markets, LONG_US, &wrote, &problem) < 0);
	assert_non_null(strstr(problem.text, "analysis_data.db: no room"));
	assert_answer(f, ROWS, "0");
	restart(f);
	drain(f);
	assert_answer(f, ROWS, "24");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_candle_is_analysed_one_second_after_its_slot),
		TEST(a_quiet_symbol_is_closed_by_the_clock_of_its_source),
		TEST(without_a_source_clock_nothing_is_closed),
		TEST(a_symbol_that_appears_later_is_analysed),
		TEST(restarts_in_the_middle_give_the_same_bytes),
		TEST(a_restart_leaves_what_is_done_alone),
		TEST(an_indicator_is_seeded_from_the_last_500_bars_before_midnight),
		TEST(a_revised_candle_and_all_that_depends_on_it_is_computed_again),
		TEST(a_change_while_it_was_away_is_seen_after_a_restart),
		TEST(a_change_reaches_no_further_than_the_seed_of_each_timeframe),
		TEST(changes_that_come_one_after_the_other_are_all_followed),
		TEST(history_that_comes_after_the_first_ticks_is_analysed),
		TEST(history_that_comes_in_pieces_is_analysed_piece_by_piece),
		TEST(a_candle_completed_after_it_was_analysed_is_analysed_again),
		TEST(lost_changes_mean_that_all_is_looked_at_again),
		TEST(a_candle_with_more_ticks_than_a_turn_can_read_is_read_in_several),
		TEST(figures_say_what_is_done_and_what_is_not),
		TEST(a_failed_write_leaves_nothing_behind_and_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
