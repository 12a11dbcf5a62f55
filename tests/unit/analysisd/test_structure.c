#include "analysisd/structure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

/* Bars of 100.00 to 101.00 that close at 100.50, unless a test says otherwise; newest last. */
#define PRICE(hundredths) (INT64_C(1000000) * (hundredths))
#define BARS 40

static struct frame_state frame;
static struct candle bars[BARS];

static void
make_bars(void)
{
	for (int i = 0; i < BARS; i++)
		bars[i] = (struct candle){
			.open_time_us = INT64_C(1700000100000000) + i * 3 * CANDLE_M5_US,
			.open_e8 = PRICE(10050),
			.high_e8 = PRICE(10100),
			.low_e8 = PRICE(10000),
			.close_e8 = PRICE(10050),
		};
}

/* The bar `back` before the newest. */
static struct candle *
bar(int back)
{
	return &bars[BARS - 1 - back];
}

/* Of the newest `count` bars; those before have gone through the ring or never were. */
static struct structure
measure_last(int count)
{
	frame_state_start(&frame, TIMEFRAME_M15);
	for (int i = BARS - count; i < BARS; i++)
		frame_state_push(&frame, &bars[i]);
	return structure_measure(&frame);
}

static struct structure
measure(void)
{
	return measure_last(BARS);
}

static void
close_at(int64_t close_e8)
{
	bar(0)->close_e8 = close_e8;
	bar(0)->high_e8 = close_e8 > bar(0)->high_e8 ? close_e8 : bar(0)->high_e8;
	bar(0)->low_e8 = close_e8 < bar(0)->low_e8 ? close_e8 : bar(0)->low_e8;
}

/* What is broken by a close there, as letters: B and C up, b and c down. */
static const char *
broken_at(int64_t close_e8)
{
	static char letters[5];
	char *end = letters;
	struct structure structure;

	make_bars();
	close_at(close_e8);
	structure = measure();
	assert_true(structure.known);
	if (structure.bos_up)
		*end++ = 'B';
	if (structure.choch_up)
		*end++ = 'C';
	if (structure.bos_down)
		*end++ = 'b';
	if (structure.choch_down)
		*end++ = 'c';
	*end = '\0';
	return letters;
}

static void
a_close_at_its_threshold_breaks_nothing_and_one_beyond_does(void **state)
{
	/* 101 x 1.0003 and x 1.0025; 100 x 0.9997 and x 0.9975. */
	const int64_t bos_up = 10103030000, choch_up = 10125250000;
	const int64_t bos_down = 9997000000, choch_down = 9975000000;

	assert_string_equal(broken_at(PRICE(10050)), "");
	assert_string_equal(broken_at(bos_up), "");
	assert_string_equal(broken_at(bos_up + 1), "B");
	assert_string_equal(broken_at(choch_up), "B");
	assert_string_equal(broken_at(choch_up + 1), "BC");
	assert_string_equal(broken_at(bos_down), "");
	assert_string_equal(broken_at(bos_down - 1), "b");
	assert_string_equal(broken_at(choch_down), "b");
	assert_string_equal(broken_at(choch_down - 1), "bc");
}

/* For any level: the last price that is not beyond, in whole 1e-8, and the next one. */
static void
thresholds_are_exact_for_every_level(void **state)
{
	unsigned chance = 1;

	for (int i = 0; i < 2000; i++) {
		int64_t level_e8 = 1 + rand_r(&chance) * (INT64_C(1) << rand_r(&chance) % 32);
		int64_t up_e8 = level_e8 / 10000 * 10003 + level_e8 % 10000 * 10003 / 10000;
		int64_t down_e8 = level_e8 / 10000 * 9997 + (level_e8 % 10000 * 9997 + 9999) / 10000;

		make_bars();
		for (int back = 0; back < BARS; back++)
			bar(back)->high_e8 = bar(back)->low_e8 = bar(back)->close_e8 = level_e8;
		bar(0)->close_e8 = up_e8;
		assert_false(measure().bos_up);
		bar(0)->close_e8 = up_e8 + 1;
		assert_true(measure().bos_up);
		bar(0)->close_e8 = down_e8;
		assert_false(measure().bos_down);
		bar(0)->close_e8 = down_e8 - 1;
		assert_true(measure().bos_down);
	}
}

static void
the_bar_itself_is_never_in_its_window(void **state)
{
	struct structure structure;

	make_bars();
	bar(0)->high_e8 = PRICE(90000);
	bar(0)->low_e8 = PRICE(1);
	bar(0)->close_e8 = PRICE(10400);
	structure = measure();
	assert_true(structure.bos_up && structure.choch_up);
	assert_false(structure.bos_down || structure.choch_down);
	assert_true(structure.high10 == 101 && structure.high15 == 101);
	assert_true(structure.low10 == 100 && structure.low15 == 100);
	assert_true(structure.close == 104);
	assert_int_equal(structure.bar_us, bar(0)->open_time_us);
}

static void
windows_have_ten_and_fifteen_bars_before_it_and_not_one_more(void **state)
{
	for (int back = 1; back <= 16; back++) {
		struct structure structure;

		make_bars();
		bar(back)->high_e8 = PRICE(10700);
		bar(back)->low_e8 = PRICE(9300);
		structure = measure();
		assert_true(structure.high10 == (back <= 10 ? 107 : 101));
		assert_true(structure.low10 == (back <= 10 ? 93 : 100));
		assert_true(structure.high15 == (back <= 15 ? 107 : 101));
		assert_true(structure.low15 == (back <= 15 ? 93 : 100));
	}
}

static void
a_wick_beyond_the_window_breaks_nothing(void **state)
{
	struct structure structure;

	make_bars();
	bar(0)->high_e8 = PRICE(12000);
	bar(0)->low_e8 = PRICE(8000);
	structure = measure();
	assert_true(structure.known);
	assert_false(structure.bos_up || structure.choch_up);
	assert_false(structure.bos_down || structure.choch_down);
}

static void
fifteen_bars_are_too_few_and_sixteen_are_enough(void **state)
{
	make_bars();
	close_at(PRICE(10210));
	bar(2)->high_e8 = PRICE(10200);
	for (int count = 0; count <= 17; count++) {
		struct structure structure = measure_last(count);

		assert_int_equal(structure.known, count >= 16);
		assert_int_equal(structure.bos_up, count >= 16);
		assert_int_equal(structure.choch_up, false); /* it needs 102 x 1.0025 = 102.255 */
		if (count >= 16)
			continue;
		assert_true(isnan(structure.close) && isnan(structure.high10));
		assert_true(isnan(structure.low10) && isnan(structure.high15));
		assert_true(isnan(structure.low15));
		assert_null(structure.swing_high);
		assert_null(structure.swing_low);
	}
}

/* A market and its mirror image say the same of the other side. */
static void
both_directions_are_mirrored(void **state)
{
	unsigned chance = 7;
	int seen = 0;

	for (int i = 0; i < 2000; i++) {
		struct structure one, mirrored;
		/* Of a whole 10000 thresholds are whole, and as far from it on either side. */
		const int64_t middle_e8 = PRICE(1000000);

		make_bars();
		for (int back = 0; back < BARS; back++) {
			bar(back)->high_e8 = middle_e8;
			bar(back)->low_e8 = middle_e8;
			bar(back)->close_e8 = middle_e8;
		}
		bar(2)->high_e8 += rand_r(&chance) % 3;
		bar(2)->low_e8 -= rand_r(&chance) % 3;
		bar(0)->close_e8 += PRICE(rand_r(&chance) % 8001 - 4000);
		one = measure();
		for (int back = 0; back < BARS; back++) {
			int64_t high_e8 = bar(back)->high_e8;

			bar(back)->high_e8 = 2 * middle_e8 - bar(back)->low_e8;
			bar(back)->low_e8 = 2 * middle_e8 - high_e8;
			bar(back)->close_e8 = 2 * middle_e8 - bar(back)->close_e8;
		}
		mirrored = measure();
		assert_int_equal(one.bos_up, mirrored.bos_down);
		assert_int_equal(one.bos_down, mirrored.bos_up);
		assert_int_equal(one.choch_up, mirrored.choch_down);
		assert_int_equal(one.choch_down, mirrored.choch_up);
		assert_int_equal(one.swing_high != NULL, mirrored.swing_low != NULL);
		assert_int_equal(one.swing_low != NULL, mirrored.swing_high != NULL);
		seen |= one.bos_up | one.bos_down << 1 | one.choch_up << 2 | one.choch_down << 3;
	}
	assert_int_equal(seen, 15);
}

/* How far the newest five bars reach over 101 and under 100; H and L of what the middle is. */
static const char *
swings_of(const int over[static 5])
{
	static char letters[3];
	char *end = letters;
	struct structure structure;

	make_bars();
	for (int i = 0; i < 5; i++) {
		bar(4 - i)->high_e8 += over[i];
		bar(4 - i)->low_e8 -= over[i];
	}
	structure = measure();
	if (structure.swing_high != NULL) {
		assert_int_equal(structure.swing_high->open_time_us, bar(2)->open_time_us);
		*end++ = 'H';
	}
	if (structure.swing_low != NULL) {
		assert_int_equal(structure.swing_low->open_time_us, bar(2)->open_time_us);
		*end++ = 'L';
	}
	*end = '\0';
	return letters;
}

static void
a_swing_is_the_extreme_of_five_and_of_equal_ones_the_first(void **state)
{
	assert_string_equal(swings_of((const int[]){0, 0, 1, 0, 0}), "HL");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 2, 1}), "HL");
	assert_string_equal(swings_of((const int[]){0, 0, 0, 0, 0}), "");
	/* Beyond it on either side, near or far. */
	assert_string_equal(swings_of((const int[]){4, 2, 3, 2, 1}), "");
	assert_string_equal(swings_of((const int[]){1, 4, 3, 2, 1}), "");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 4, 1}), "");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 2, 4}), "");
	/* Equal to one before: that one was the swing.  To one after: it is. */
	assert_string_equal(swings_of((const int[]){3, 2, 3, 2, 1}), "");
	assert_string_equal(swings_of((const int[]){1, 3, 3, 2, 1}), "");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 3, 1}), "HL");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 2, 3}), "HL");
	assert_string_equal(swings_of((const int[]){1, 2, 3, 3, 3}), "HL");
}

static void
each_swing_is_told_once(void **state)
{
	int highs = 0, lows = 0;

	make_bars();
	bar(12)->high_e8 += 5;
	bar(12)->low_e8 -= 5;
	frame_state_start(&frame, TIMEFRAME_M15);
	for (int i = 0; i < BARS; i++) {
		struct structure structure;

		frame_state_push(&frame, &bars[i]);
		structure = structure_measure(&frame);
		highs += structure.swing_high != NULL;
		lows += structure.swing_low != NULL;
		if (structure.swing_high != NULL)
			assert_int_equal(i, BARS - 1 - 12 + 2);
	}
	assert_int_equal(highs, 1);
	assert_int_equal(lows, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_close_at_its_threshold_breaks_nothing_and_one_beyond_does),
		cmocka_unit_test(thresholds_are_exact_for_every_level),
		cmocka_unit_test(the_bar_itself_is_never_in_its_window),
		cmocka_unit_test(windows_have_ten_and_fifteen_bars_before_it_and_not_one_more),
		cmocka_unit_test(a_wick_beyond_the_window_breaks_nothing),
		cmocka_unit_test(fifteen_bars_are_too_few_and_sixteen_are_enough),
		cmocka_unit_test(both_directions_are_mirrored),
		cmocka_unit_test(a_swing_is_the_extreme_of_five_and_of_equal_ones_the_first),
		cmocka_unit_test(each_swing_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
