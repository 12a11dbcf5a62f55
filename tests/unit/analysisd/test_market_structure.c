#include "analysisd/analyses/market_structure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/decimal.h"
#include "tests/unit/analysisd/analysis_run.h"

#define SLOT_US (15 * 60 * CLOCK_SECOND_US)

/* Waves of eight bars, four up by 4 in all and four down, on a slope of `drift` a bar. */
static void
push_waves(int count, double drift)
{
	for (int i = 0; i < count; i++) {
		double close = 1000 + i * drift + (i % 8 < 4 ? i % 8 : 8 - i % 8);

		run_push(close, close + 0.25, close - 0.25, close);
	}
}

static json_t *
waves(int count, double drift)
{
	run_start(TIMEFRAME_M15);
	push_waves(count, drift);
	return run_read(&market_structure);
}

static void
higher_highs_and_higher_lows_are_a_structure_that_rises(void **state)
{
	json_t *result = waves(102, 0.25);

	assert_word(result, "highs", "higher");
	assert_word(result, "lows", "higher");
	assert_number(result, "votes.highs", 1);
	assert_number(result, "votes.lows", 1);
	assert_word(result, "trend", "up");
	assert_true(number(result, "strength") >= 0.5);
	json_decref(result);
}

static void
lower_highs_and_lower_lows_are_a_structure_that_falls(void **state)
{
	json_t *result = waves(102, -0.25);

	assert_word(result, "highs", "lower");
	assert_word(result, "lows", "lower");
	assert_word(result, "trend", "down");
	json_decref(result);
}

static void
a_range_that_is_kept_is_sideways(void **state)
{
	json_t *result = waves(102, 0);

	assert_word(result, "highs", "equal");
	assert_word(result, "lows", "equal");
	assert_word(result, "trend", "sideways");
	assert_number(result, "strength", 0);
	assert_number(result, "confidence.value", 1);
	assert_null_member(result, "bos");
	assert_null_member(result, "last_bos");
	assert_null_member(result, "last_choch");
	json_decref(result);
}

static void
swings_are_named_by_the_time_at_which_they_were_known(void **state)
{
	/* The newest crest is bar 100, known at the close of bar 102; troughs are at 96, 88, 80. */
	json_t *result = waves(103, 0.25);

	assert_int_equal(json_array_size(member(result, "swing_highs")), 3);
	for (int i = 0; i < 3; i++) {
		char path[32];

		snprintf(path, sizeof(path), "swing_highs.%d.time_us", i);
		assert_int_equal(json_integer_value(member(result, path)),
		    DAY_US + (102 - 8 * i) * SLOT_US);
		snprintf(path, sizeof(path), "swing_highs.%d.price", i);
		assert_number(result, path, 1000 + (100 - 8 * i) * 0.25 + 4 + 0.25);
		snprintf(path, sizeof(path), "swing_lows.%d.time_us", i);
		assert_int_equal(json_integer_value(member(result, path)),
		    DAY_US + (98 - 8 * i) * SLOT_US);
		snprintf(path, sizeof(path), "swing_lows.%d.price", i);
		assert_number(result, path, 1000 + (96 - 8 * i) * 0.25 - 0.25);
	}
	json_decref(result);
}

static void
a_crest_is_no_swing_until_two_bars_have_closed_after_it(void **state)
{
	json_t *before = waves(102, 0.25), *after = waves(103, 0.25);

	assert_number(before, "swing_highs.0.price", number(after, "swing_highs.1.price"));
	json_decref(before);
	json_decref(after);
}

/* Twenty bars between 99 and 101, then one that closes at `close`. */
static json_t *
break_at(double close)
{
	run_start(TIMEFRAME_M15);
	for (int i = 0; i < 20; i++)
		run_push(100, 101, 99, 100);
	run_push(100, fmax(close, 100), fmin(close, 100), close);
	return run_read(&market_structure);
}

static void
a_break_is_held_against_the_bars_before_it(void **state)
{
	static const struct {
		double close;
		const char *bos, *choch;
	} cases[] = {
		{101.0303, NULL, NULL}, {101.0304, "up", NULL},
		{101.2525, "up", NULL}, {101.2526, "up", "up"},
		{98.9703, NULL, NULL}, {98.9702, "down", NULL},
		{98.7525, "down", NULL}, {98.7524, "down", "down"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *result = break_at(cases[i].close);

		assert_number(result, "high10", 101);
		assert_number(result, "low15", 99);
		if (cases[i].bos == NULL) {
			assert_null_member(result, "bos");
			assert_null_member(result, "last_bos");
		} else {
			assert_word(result, "bos", cases[i].bos);
			assert_word(result, "last_bos.direction", cases[i].bos);
			assert_number(result, "last_bos.bars", 0);
		}
		if (cases[i].choch == NULL)
			assert_null_member(result, "choch");
		else
			assert_word(result, "last_choch.direction", cases[i].choch);
		json_decref(result);
	}
}

static void
a_break_is_remembered_with_its_age_and_votes_for_fifty_bars(void **state)
{
	json_decref(break_at(102));
	for (int age = 1; age <= 60; age++) {
		json_t *result;

		run_push(102, 102, 102, 102);
		result = run_read(&market_structure);
		assert_null_member(result, "bos");
		assert_null_member(result, "choch");
		assert_number(result, "last_bos.bars", age);
		assert_number(result, "last_choch.bars", age);
		assert_int_equal(json_integer_value(member(result, "last_bos.time_us")),
		    DAY_US + 20 * SLOT_US);
		assert_number(result, "votes.bos", age < MARKET_STRUCTURE_RECENT);
		assert_number(result, "votes.choch", age < MARKET_STRUCTURE_RECENT);
		assert_word(result, "trend", age < MARKET_STRUCTURE_RECENT ? "up" : "sideways");
		json_decref(result);
	}
}

static void
nothing_is_said_of_fewer_than_sixteen_bars(void **state)
{
	for (int bars = 1; bars <= 16; bars++) {
		json_t *result;

		run_start(TIMEFRAME_D1);
		run_ramp(bars, 1000, 10);
		result = run_read(&market_structure);
		assert_number(result, "price", 1000 + (bars - 1) * 10);
		if (bars < 16) {
			assert_null_member(result, "trend");
			assert_null_member(result, "strength");
			assert_null_member(result, "votes.bos");
			assert_null_member(result, "high10");
			assert_null_member(result, "confidence.value");
			assert_true(isnan(run.confidence));
		} else {
			assert_word(result, "bos", "up");
			assert_word(result, "trend", "up");
			assert_null_member(result, "highs");
			assert_number(result, "confidence.value", 0.5);
		}
		json_decref(result);
	}
}

static void
its_keys_stand_in_a_fixed_order(void **state)
{
	json_t *result = break_at(102);

	assert_keys(result, "price trend strength votes highs lows bos choch high10 low10 high15 "
			    "low15 last_bos last_choch swing_highs swing_lows inputs confidence ");
	assert_keys(member(result, "votes"), "highs lows bos choch ");
	assert_keys(member(result, "last_bos"), "direction bars time_us ");
	json_decref(result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(higher_highs_and_higher_lows_are_a_structure_that_rises),
		cmocka_unit_test(lower_highs_and_lower_lows_are_a_structure_that_falls),
		cmocka_unit_test(a_range_that_is_kept_is_sideways),
		cmocka_unit_test(swings_are_named_by_the_time_at_which_they_were_known),
		cmocka_unit_test(a_crest_is_no_swing_until_two_bars_have_closed_after_it),
		cmocka_unit_test(a_break_is_held_against_the_bars_before_it),
		cmocka_unit_test(a_break_is_remembered_with_its_age_and_votes_for_fifty_bars),
		cmocka_unit_test(nothing_is_said_of_fewer_than_sixteen_bars),
		cmocka_unit_test(its_keys_stand_in_a_fixed_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
