#include "analysisd/analyses/offset_calibration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysisd/offsets.h"
#include "tests/unit/analysisd/tick_analysis.h"

static struct tick_analysis t;
static struct offsets offsets;

static int
set_up(void **state)
{
	tick_analysis_start(&t, DAY_US);
	tick_analysis_push(&t, tick_analysis_bar(DAY_US));
	offsets_start(&offsets, "binance:PAXGUSDT", DAY_US);
	return 0;
}

static struct tick
quote(int64_t time_us, int64_t bid_e8, int64_t ask_e8)
{
	return (struct tick){.time_us = time_us, .price_e8 = TICK_NONE, .volume_e8 = TICK_NONE,
		.bid_e8 = bid_e8, .ask_e8 = ask_e8, .flags = TICK_QUOTE};
}

/* Both sides at the n-th instant, ours 1 wide. */
static void
pair(int n, int64_t ours_e8, int64_t theirs_e8)
{
	int64_t time_us = DAY_US - (OFFSETS_INSTANTS - 1 - n) * OFFSETS_STEP_US;
	struct tick ours = quote(time_us, ours_e8 - E8 / 2, ours_e8 + E8 / 2);
	struct tick theirs = quote(time_us, theirs_e8, theirs_e8);

	assert_true(offsets_add(&offsets, time_us, &ours, &theirs));
}

static void
a_symbol_that_is_not_paired_has_no_offset(void **state)
{
	assert_false(tick_analysis_applies(&t, "offset_calibration", NULL));
	assert_true(tick_analysis_applies(&t, "offset_calibration", &offsets));
}

static void
without_a_pair_all_is_null_and_the_confidence_0(void **state)
{
	json_t *object = tick_analysis_write(&t, "offset_calibration", &offsets);

	assert_word(object, "against", "binance:PAXGUSDT");
	assert_number(object, "pairs", 0);
	assert_null_member(object, "offset");
	assert_null_member(object, "offset_percent");
	assert_null_member(object, "sigma");
	assert_null_member(object, "drift_per_hour");
	assert_null_member(object, "newest");
	assert_null_member(object, "spread_median");
	assert_null_member(object, "confidence.steadiness");
	assert_number(object, "confidence.value", 0);
	json_decref(object);
}

static void
the_figures_of_an_hour_are_told(void **state)
{
	json_t *object;

	/* Offset 5 - 2, 5 + 2, ... without a drift that is not of the first and the last pair. */
	for (int n = 0; n < 60; n++)
		pair(n, (n % 2 == 0 ? 2003 : 2007) * E8, 2000 * E8);
	object = tick_analysis_write(&t, "offset_calibration", &offsets);
	assert_number(object, "offset", 5);
	assert_number(object, "offset_percent", 0.25);
	assert_number(object, "sigma", 2);
	assert_number(object, "pairs", 60);
	assert_number(object, "newest.time_us", DAY_US - 60.0 * OFFSETS_STEP_US);
	assert_number(object, "newest.ours", 2007);
	assert_number(object, "newest.theirs", 2000);
	assert_number(object, "newest.weight", 1);
	assert_number(object, "mean_ours", 2005);
	assert_number(object, "mean_theirs", 2000);
	assert_number(object, "spread_mean", 1);
	assert_number(object, "spread_median", 1);
	assert_number(object, "confidence.pairs_share", 0.5);
	assert_number(object, "confidence.steadiness", 1.0 / 3);
	assert_number(object, "confidence.value", 1.0 / 6);
	json_decref(object);
}

static void
the_drift_of_a_line_is_its_slope(void **state)
{
	json_t *object;

	for (int n = 0; n < OFFSETS_INSTANTS; n++)
		pair(n, 2000 * E8 - n * E8 / 100, 1990 * E8);
	object = tick_analysis_write(&t, "offset_calibration", &offsets);
	assert_number(object, "drift_per_hour", -1.2);
	assert_number(object, "offset", 10 - 0.595);
	json_decref(object);
}

static void
where_our_spread_is_not_known_the_confidence_is_null(void **state)
{
	json_t *object;

	for (int n = 0; n < 2; n++) {
		struct tick ours = quote(DAY_US, TICK_NONE, TICK_NONE);
		struct tick theirs = quote(DAY_US, 1990 * E8, 1990 * E8);

		ours.price_e8 = 2000 * E8;
		assert_true(offsets_add(&offsets, DAY_US + n, &ours, &theirs));
	}
	object = tick_analysis_write(&t, "offset_calibration", &offsets);
	assert_number(object, "offset", 10);
	assert_null_member(object, "spread_mean");
	assert_null_member(object, "confidence.value");
	json_decref(object);
}

static void
a_name_that_json_would_escape_is_left_out(void **state)
{
	json_t *object;

	offsets_start(&offsets, "my \"source\":X", DAY_US);
	object = tick_analysis_write(&t, "offset_calibration", &offsets);
	assert_null_member(object, "against");
	json_decref(object);
}

static void
the_same_pairs_give_the_same_bytes(void **state)
{
	static char first[JSON_TEXT_SIZE];

	for (int round = 0; round < 2; round++) {
		set_up(NULL);
		offsets_start(&offsets,
		    "a-source-with-a-long-name:SYMBOL-OF-32-CHARACTERS.LONG1234", DAY_US);
		for (int64_t n = 0; n < OFFSETS_INSTANTS; n += 1 + n % 3)
			pair((int)n, 234567 * E8 + n * 7919 % 1009 * 1234567,
			    234500 * E8 + n * 104729 % 997 * 7654321);
		json_decref(tick_analysis_write(&t, "offset_calibration", &offsets));
		if (round == 0)
			memcpy(first, t.json.text, t.json.length + 1);
	}
	assert_string_equal(first, t.json.text);
}

static int
finish(void **state)
{
	candle_ticks_finish(&t.ticks);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_symbol_that_is_not_paired_has_no_offset),
		TEST(without_a_pair_all_is_null_and_the_confidence_0),
		TEST(the_figures_of_an_hour_are_told),
		TEST(the_drift_of_a_line_is_its_slope),
		TEST(where_our_spread_is_not_known_the_confidence_is_null),
		TEST(a_name_that_json_would_escape_is_left_out),
		TEST(the_same_pairs_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
