/* How often markets computes what thousands of changes reach, and what waits for it meanwhile. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/market_run.h"

#define WEEK_US (7 * CLOCK_DAY_US)
#define WEEK_CANDLES 2016
#define TURN_US (20 * CLOCK_MS_US)

/* Two symbols with a week of candles up to DAY_US, all of it analysed. */
static void
fill_a_week(struct fixture *f)
{
	tick_store_symbol(&f->store, 1, "sim", "ONE");
	tick_store_symbol(&f->store, 2, "sim", "TWO");
	tick_store_candles(&f->store, 1, DAY_US - WEEK_US, DAY_US, "klines");
	tick_store_candles(&f->store, 2, DAY_US - 4 * HOUR_US, DAY_US, "klines");
	tick_store_clock(&f->store, 1, DAY_US + CLOCK_SECOND_US);
	drain(f);
}

/* A page of a backfill: a piece of one slot has been filled, which is told. */
static void
fill_piece(struct fixture *f, int symbol_id, int64_t open_us, int revision)
{
	tick_store_revise(&f->store, symbol_id, open_us, revision);
}

/* The next slot closes, with a candle of both symbols. */
static void
close_slot(struct fixture *f, int64_t open_us)
{
	tick_store_candle(&f->store, 1, open_us, "ticks", 0);
	tick_store_candle(&f->store, 2, open_us, "ticks", 0);
	tick_store_clock(&f->store, 2, open_us + CANDLE_M5_US + CLOCK_SECOND_US);
}

static int64_t
results_at(struct fixture *f, const char *symbol, int64_t open_us)
{
	char sql[256];
	char *text;
	int64_t count;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM analysis_results WHERE symbol = '%s' AND"
	    " timeframe = 'M5' AND time_us = %lld", symbol, (long long)open_us);
	text = ask(f, sql);
	count = atoll(text);
	free(text);
	return count;
}

static void
thousands_of_changes_seen_at_once_are_computed_once_from_the_oldest(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	fill_a_week(f);
	before = figures_of(f).analysed;
	for (int i = 0; i < WEEK_CANDLES; i++)
		fill_piece(f, 1, DAY_US - WEEK_US + i * CANDLE_M5_US, 1 + i % 3);
	drain(f);
	/* The newest of them once more: the front sees by itself that it has changed. */
	assert_in_range(figures_of(f).analysed - before, WEEK_CANDLES, WEEK_CANDLES + 1);
	assert_as_if_computed_anew(f);
}

static void
a_backfill_in_thousands_of_pieces_is_not_computed_for_each_of_them(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	fill_a_week(f);
	before = figures_of(f).analysed;
	/* Four pages a slot, and a look after each, as they come live. */
	for (int i = 0; i < WEEK_CANDLES / 4; i++) {
		for (int piece = 0; piece < 4; piece++) {
			fill_piece(f, 1, DAY_US - WEEK_US + i * CANDLE_M5_US, 1 + piece);
			turn(f, TURN_US);
		}
	}
	drain(f);
	/* One way a page would be a million and more. */
	assert_true(figures_of(f).analysed - before < 20 * WEEK_CANDLES);
	assert_as_if_computed_anew(f);
}

static void
a_candle_that_closes_goes_before_a_week_that_changed(void **state)
{
	struct fixture *f = *state;

	fill_a_week(f);
	fill_piece(f, 1, DAY_US - WEEK_US, 1);
	for (int i = 0; i < 5; i++) {
		assert_true(turn(f, 0)); /* the week is on its way, a page at a time at most */
		close_slot(f, DAY_US + i * CANDLE_M5_US);
		/* Of both symbols: a turn each, for they have no time at all. */
		turn(f, 0);
		turn(f, 0);
		assert_int_equal(results_at(f, "ONE", DAY_US + i * CANDLE_M5_US), 2);
		assert_int_equal(results_at(f, "TWO", DAY_US + i * CANDLE_M5_US), 2);
	}
	assert_int_equal(figures_of(f).lag_us, CLOCK_SECOND_US);
	assert_true(figures_of(f).pending > 0);
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
a_candle_that_closes_goes_before_months_of_another_symbol(void **state)
{
	struct fixture *f = *state;

	fill_a_week(f);
	tick_store_symbol(&f->store, 3, "sim", "NEW");
	tick_store_candles(&f->store, 3, DAY_US - 2 * WEEK_US, DAY_US, "klines");
	assert_true(turn(f, 0));
	close_slot(f, DAY_US);
	turn(f, 0);
	turn(f, 0);
	assert_int_equal(results_at(f, "ONE", DAY_US), 2);
	assert_int_equal(results_at(f, "TWO", DAY_US), 2);
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
what_was_found_meanwhile_is_found_again_with_what_changed(void **state)
{
	struct fixture *f = *state;

	fill_three_days(f);
	tick_store_clock(&f->store, 1, DAY_US + 10 * HOUR_US);
	drain(f);
	/* The second walk is an hour behind the front when both go on. */
	tick_store_revise(&f->store, 1, DAY_US + HOUR_US, 1);
	for (int i = 1; i <= 36; i++) {
		tick_store_clock(&f->store, 1, DAY_US + 10 * HOUR_US + i * CANDLE_M5_US);
		if (i % 5 == 0)
			tick_store_revise(&f->store, 1, DAY_US + (i % 9) * HOUR_US, i);
		turn(f, 0);
	}
	drain(f);
	assert_as_if_computed_anew(f);
}

static void
a_kill_while_changes_wait_loses_none_of_them(void **state)
{
	struct fixture *f = *state;

	fill_a_week(f);
	fill_piece(f, 1, DAY_US - WEEK_US, 1);
	for (int i = 1; i < 40; i++) {
		turn(f, 0);
		fill_piece(f, 1, DAY_US - WEEK_US + i * 10 * CANDLE_M5_US, 1);
		close_slot(f, DAY_US + i * CANDLE_M5_US);
		turn(f, 0);
		if (i % 7 == 0)
			restart(f); /* nothing is written at the end: what is stored is all there is */
	}
	restart(f);
	drain(f);
	assert_as_if_computed_anew(f);
	assert_answer(f, "SELECT sum(results) = (SELECT count(*) FROM analysis_results)"
			 " FROM analysis_progress", "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(thousands_of_changes_seen_at_once_are_computed_once_from_the_oldest),
		TEST(a_backfill_in_thousands_of_pieces_is_not_computed_for_each_of_them),
		TEST(a_candle_that_closes_goes_before_a_week_that_changed),
		TEST(a_candle_that_closes_goes_before_months_of_another_symbol),
		TEST(what_was_found_meanwhile_is_found_again_with_what_changed),
		TEST(a_kill_while_changes_wait_loses_none_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
