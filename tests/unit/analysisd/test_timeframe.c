#include "analysisd/timeframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/candle_fold.h"

static void
each_has_its_name_and_its_length(void **state)
{
	static const struct {
		const char *name;
		int64_t minutes;
	} expected[TIMEFRAMES] = {
		{"M5", 5}, {"M15", 15}, {"M30", 30}, {"H1", 60}, {"H4", 240}, {"D1", 1440}};

	for (int i = 0; i < TIMEFRAMES; i++) {
		enum timeframe timeframe = (enum timeframe)i, found = TIMEFRAMES;

		assert_string_equal(timeframe_name(timeframe), expected[i].name);
		assert_int_equal(timeframe_length(timeframe), expected[i].minutes * 60000000);
		assert_true(timeframe_find(expected[i].name, &found));
		assert_int_equal(found, timeframe);
	}
}

static void
lengths_are_those_that_candles_are_folded_to(void **state)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		assert_int_equal(timeframe_length((enum timeframe)i),
		    candle_fold_length(timeframe_name((enum timeframe)i)));
}

static void
each_lies_whole_in_every_longer_one(void **state)
{
	for (int i = 1; i < TIMEFRAMES; i++)
		assert_int_equal(timeframe_length((enum timeframe)i) %
		    timeframe_length((enum timeframe)(i - 1)), 0);
}

static void
a_name_that_is_none_is_not_found_and_leaves_the_answer_alone(void **state)
{
	static const char *const names[] = {"", "M", "M1", "m5", "M5 ", "M50", "D1x", "W1"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		enum timeframe found = TIMEFRAME_H4;

		assert_false(timeframe_find(names[i], &found));
		assert_int_equal(found, TIMEFRAME_H4);
	}
}

static void
the_set_of_all_holds_each(void **state)
{
	unsigned all = 0;

	for (int i = 0; i < TIMEFRAMES; i++)
		all |= 1U << i;
	assert_int_equal(TIMEFRAMES_ALL, all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_name_and_its_length),
		cmocka_unit_test(lengths_are_those_that_candles_are_folded_to),
		cmocka_unit_test(each_lies_whole_in_every_longer_one),
		cmocka_unit_test(a_name_that_is_none_is_not_found_and_leaves_the_answer_alone),
		cmocka_unit_test(the_set_of_all_holds_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
