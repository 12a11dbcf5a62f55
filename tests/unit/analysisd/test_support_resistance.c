#include "analysisd/analyses/support_resistance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/decimal.h"
#include "tests/unit/analysisd/analysis_run.h"

#define SLOT_US (15 * 60 * CLOCK_SECOND_US)

/* Closes that go up from `low` by 1 a bar for ten bars, and down again, without end. */
static void
push_range(int count, double low)
{
	for (int i = 0; i < count; i++) {
		double close = low + (i % 20 < 10 ? i % 20 : 20 - i % 20);

		run_push(close, close + 0.5, close - 0.5, close);
	}
}

static void
a_range_has_one_level_at_either_end_touched_at_each_turn(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M15);
	/* Crests at bars 10, 30, 50, 70, 90; troughs at 20, 40, 60, 80; the last closes at 105. */
	push_range(96, 100);
	result = run_read(&support_resistance);
	assert_number(result, "swings", 8); /* those before the 16th bar's close cannot be judged */
	assert_number(result, "levels", 2);
	assert_int_equal(json_array_size(member(result, "above")), 1);
	assert_int_equal(json_array_size(member(result, "below")), 1);
	assert_number(result, "above.0.price", 110.5);
	assert_number(result, "above.0.touches", 4);
	assert_number(result, "below.0.price", 99.5);
	assert_number(result, "below.0.touches", 4);
	assert_int_equal(json_integer_value(member(result, "above.0.last_us")),
	    DAY_US + 90 * SLOT_US);
	assert_int_equal(json_integer_value(member(result, "below.0.last_us")),
	    DAY_US + 80 * SLOT_US);
	/* Every true range is 1.5: from the close before to the far end of the bar. */
	assert_number(result, "atr14", 1.5);
	assert_number(result, "above.0.distance", 5.5 / 1.5);
	assert_number(result, "below.0.distance", -5.5 / 1.5);
	json_decref(result);
}

/* ---- by the definition, over all bars ---- */

static bool
is_crest(const double *values, int at)
{
	return values[at] > values[at - 1] && values[at] > values[at - 2] &&
	    values[at] >= values[at + 1] && values[at] >= values[at + 2];
}

static int
ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

#define BARS 330

struct reference {
	double highs[BARS], minus_lows[BARS];
	double prices[2 * BARS], levels[2 * BARS];
	int touches[2 * BARS];
	int swings, count;
};

static void
refer(struct reference *reference, int bars, double tolerance)
{
	int from = bars - 200, first = 0;

	/* The 16th bar is the first at whose close something was known. */
	from = from < 13 ? 13 : from;
	reference->swings = reference->count = 0;
	for (int at = from; at + 2 < bars; at++) {
		if (is_crest(reference->highs, at))
			reference->prices[reference->swings++] = reference->highs[at];
		if (is_crest(reference->minus_lows, at))
			reference->prices[reference->swings++] = -reference->minus_lows[at];
	}
	qsort(reference->prices, (size_t)reference->swings, sizeof(double), ascending);
	while (first < reference->swings) {
		double sum = 0;
		int at = first;

		while (at < reference->swings &&
		    reference->prices[at] - reference->prices[first] <= tolerance)
			sum += reference->prices[at++];
		reference->touches[reference->count] = at - first;
		reference->levels[reference->count++] = sum / (at - first);
		first = at;
	}
}

static void
assert_side(const json_t *side, const struct reference *reference, int first, int step)
{
	for (int i = 0; i < SUPPORT_RESISTANCE_NEAREST; i++) {
		int at = first + i * step;

		if (at < 0 || at >= reference->count) {
			assert_int_equal(json_array_size(side), i);
			return;
		}
		assert_number(json_array_get(side, (size_t)i), "price", reference->levels[at]);
		assert_number(json_array_get(side, (size_t)i), "touches", reference->touches[at]);
	}
	assert_int_equal(json_array_size(side), SUPPORT_RESISTANCE_NEAREST);
}

static void
levels_of_random_bars_are_those_of_the_definition(void **state)
{
	static struct reference reference;
	unsigned seed = 31;
	double price = 250;

	run_start(TIMEFRAME_H1);
	for (int bars = 1; bars <= BARS; bars++) {
		const struct candle *bar;
		json_t *result;
		int above = 0;

		run_random(&seed, &price);
		bar = frame_state_bar(run_frame(), 0);
		reference.highs[bars - 1] = decimal_to_double(bar->high_e8);
		reference.minus_lows[bars - 1] = -decimal_to_double(bar->low_e8);
		if (bars < 16)
			continue;
		result = run_read(&support_resistance);
		refer(&reference, bars, atr_value(&run_frame()->atr) / 4);
		while (above < reference.count && reference.levels[above] <= price)
			above++;
		assert_number(result, "swings", reference.swings);
		assert_number(result, "levels", reference.count);
		assert_side(member(result, "above"), &reference, above, 1);
		assert_side(member(result, "below"), &reference, above - 1, -1);
		json_decref(result);
	}
}

static void
every_bar_may_turn_and_the_levels_still_fit(void **state)
{
	/* As many swings as bars can have: each third one is a crest and a trough at once. */
	json_t *result;

	run_start(TIMEFRAME_H1);
	for (int i = 0; i < 400; i++) {
		double reach = i % 3 == 0 ? 10 + i % 7 : 1;

		run_push(100, 100 + reach, 100 - reach, 100);
	}
	result = run_read(&support_resistance);
	assert_true(number(result, "swings") > 100);
	assert_true(run.json.length < 1000);
	json_decref(result);
}

static void
without_an_atr_there_are_no_levels(void **state)
{
	for (int bars = 1; bars <= 14; bars++) {
		json_t *result;

		run_start(TIMEFRAME_D1);
		run_ramp(bars, 1000, 1);
		result = run_read(&support_resistance);
		assert_null_member(result, "atr14");
		assert_null_member(result, "swings");
		assert_null_member(result, "levels");
		assert_null_member(result, "above");
		assert_null_member(result, "below");
		json_decref(result);
	}
}

static void
a_market_that_stands_still_has_no_level(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M30);
	run_flat(50, 10);
	result = run_read(&support_resistance);
	assert_number(result, "levels", 0);
	assert_int_equal(json_array_size(member(result, "above")), 0);
	assert_int_equal(json_array_size(member(result, "below")), 0);
	json_decref(result);
}

static void
the_bands_of_vwap_are_told_on_m5_alone(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_push_volume(10, 10, 10, 10, 1);
	run_push_volume(20, 20, 20, 20, 3);
	result = run_read(&support_resistance);
	/* Mean 17.5; variance (7.5^2 + 3 x 2.5^2) / 4. */
	assert_number(result, "vwap.value", 17.5);
	assert_number(result, "vwap.upper1", 17.5 + sqrt(18.75));
	assert_number(result, "vwap.lower1", 17.5 - sqrt(18.75));
	assert_number(result, "vwap.upper2", 17.5 + 2 * sqrt(18.75));
	assert_number(result, "vwap.lower2", 17.5 - 2 * sqrt(18.75));
	json_decref(result);
	run_start(TIMEFRAME_D1);
	run_flat(1, 10);
	result = run_read(&support_resistance);
	assert_null_member(result, "vwap");
	json_decref(result);
}

/* ---- yesterday ---- */

static struct market_state market;

/* Three days of M5 candles; that of day d reaches from 100 d to 100 d + 50 and closes at + 25. */
static void
push_days(int days)
{
	market_state_start(&market, DAY_US, TIMEFRAMES_ALL);
	for (int i = 0; i < days * 288; i++) {
		int64_t base_e8 = (int64_t)(1 + i / 288) * 100 * DECIMAL_ONE;
		const struct candle candle = {
			.open_time_us = DAY_US + i * CANDLE_M5_US,
			.open_e8 = base_e8 + 10 * DECIMAL_ONE,
			.high_e8 = base_e8 + (i % 288 == 100 ? 50 : 30) * DECIMAL_ONE,
			.low_e8 = base_e8 + (i % 288 == 50 ? 0 : 5) * DECIMAL_ONE,
			.close_e8 = base_e8 + (i % 288 == 287 ? 25 : 10) * DECIMAL_ONE,
		};

		assert_int_equal(market_state_push(&market, &candle, NULL, NULL), 0);
	}
}

static void
the_day_before_is_the_same_in_every_timeframe_all_day_long(void **state)
{
	static const int slots[] = {1, 144, 287};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		push_days(2);
		for (int slot = 0; slot < slots[i]; slot++) {
			const struct candle candle = {
				.open_time_us = DAY_US + (2 * 288 + slot) * CANDLE_M5_US};

			assert_int_equal(market_state_push(&market, &candle, NULL, NULL), 0);
		}
		for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++) {
			const struct frame_day *day = &market.frames[timeframe].day_before;

			assert_int_equal(day->high_e8, 250 * DECIMAL_ONE);
			assert_int_equal(day->low_e8, 200 * DECIMAL_ONE);
			assert_int_equal(day->close_e8, 225 * DECIMAL_ONE);
		}
	}
}

static void
a_day_that_is_loaded_backwards_is_the_day_before_too(void **state)
{
	static struct market_state loaded;

	push_days(3);
	market_state_start(&loaded, DAY_US + 3 * CLOCK_DAY_US, TIMEFRAMES_ALL);
	for (int64_t back = 0; market_state_bar(&market, back) != NULL; back++)
		if (!market_state_load(&loaded, market_state_bar(&market, back)))
			break;
	market_state_seed(&loaded);
	for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++)
		assert_memory_equal(&loaded.frames[timeframe].day_before,
		    &market.frames[timeframe].day_before, sizeof(struct frame_day));
	assert_int_equal(loaded.frames[TIMEFRAME_H4].day_before.high_e8, 350 * DECIMAL_ONE);
}

static void
a_market_without_a_yesterday_has_none(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_flat(3, 10);
	result = run_read(&support_resistance);
	assert_null_member(result, "day_before");
	run.next_us = DAY_US + CLOCK_DAY_US;
	run_flat(1, 12);
	json_decref(result);
	result = run_read(&support_resistance);
	assert_number(result, "day_before.high", 10);
	assert_number(result, "day_before.close", 10);
	run.next_us = DAY_US + 3 * CLOCK_DAY_US; /* a day without a trade lies between */
	run_flat(1, 12);
	json_decref(result);
	result = run_read(&support_resistance);
	assert_null_member(result, "day_before");
	json_decref(result);
}

static void
its_keys_stand_in_a_fixed_order(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	push_range(96, 100);
	result = run_read(&support_resistance);
	assert_keys(result,
	    "price atr14 swings levels above below vwap day_before inputs confidence ");
	assert_keys(member(result, "above.0"), "price touches last_us distance ");
	assert_keys(member(result, "vwap"), "value upper1 lower1 upper2 lower2 ");
	json_decref(result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_has_one_level_at_either_end_touched_at_each_turn),
		cmocka_unit_test(levels_of_random_bars_are_those_of_the_definition),
		cmocka_unit_test(every_bar_may_turn_and_the_levels_still_fit),
		cmocka_unit_test(without_an_atr_there_are_no_levels),
		cmocka_unit_test(a_market_that_stands_still_has_no_level),
		cmocka_unit_test(the_bands_of_vwap_are_told_on_m5_alone),
		cmocka_unit_test(the_day_before_is_the_same_in_every_timeframe_all_day_long),
		cmocka_unit_test(a_day_that_is_loaded_backwards_is_the_day_before_too),
		cmocka_unit_test(a_market_without_a_yesterday_has_none),
		cmocka_unit_test(its_keys_stand_in_a_fixed_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
