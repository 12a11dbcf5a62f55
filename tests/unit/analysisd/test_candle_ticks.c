#include "analysisd/candle_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

static void
add(struct candle_ticks *ticks, int64_t bid_e8, int64_t ask_e8, uint32_t flags)
{
	const struct tick tick = {.bid_e8 = bid_e8, .ask_e8 = ask_e8, .flags = flags};

	assert_int_equal(candle_ticks_add(ticks, &tick), 0);
}

static void
no_tick_has_no_spread(void **state)
{
	struct candle_ticks ticks;
	struct spread_figures spread;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks);
	spread = candle_ticks_spread(&ticks);
	assert_true(isnan(spread.mean) && isnan(spread.median));
	assert_true(isnan(spread.min) && isnan(spread.max));
	candle_ticks_finish(&ticks);
}

static void
ticks_without_bid_or_ask_are_counted_but_have_no_spread(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	add(&ticks, TICK_NONE, 100, TICK_TRADE);
	add(&ticks, 100, TICK_NONE, TICK_TRADE);
	add(&ticks, 100, 300, TICK_QUOTE);
	assert_int_equal(ticks.ticks, 3);
	assert_int_equal(ticks.trades, 2);
	assert_int_equal(ticks.spreads, 1);
	assert_true(candle_ticks_spread(&ticks).median == 200 / 1e8);
	candle_ticks_finish(&ticks);
}

static void
the_median_of_an_even_number_is_the_mean_of_the_middle_two(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	for (int64_t spread = 4; spread >= 1; spread--)
		add(&ticks, 0, spread * 100000000, TICK_TRADE);
	assert_true(candle_ticks_spread(&ticks).median == 2.5);
	candle_ticks_finish(&ticks);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
mean_and_median_equal_those_of_a_sorted_list(void **state)
{
	struct candle_ticks ticks;
	int spreads[3001];
	unsigned seed = 5;

	candle_ticks_init(&ticks);
	for (int round = 0; round < 20; round++) {
		int count = 1 + rand_r(&seed) % 3001, different = 1 + rand_r(&seed) % 2000;
		struct spread_figures figures;
		double sum = 0;

		candle_ticks_start(&ticks);
		for (int i = 0; i < count; i++) {
			spreads[i] = rand_r(&seed) % different;
			sum += spreads[i];
			add(&ticks, 1000, 1000 + spreads[i], TICK_TRADE);
		}
		qsort(spreads, (size_t)count, sizeof(spreads[0]), compare);
		figures = candle_ticks_spread(&ticks);
		assert_true(fabs(figures.mean - sum / count / 1e8) < 1e-20);
		assert_true(fabs(figures.median -
		    (spreads[(count - 1) / 2] + spreads[count / 2]) / 2e8) < 1e-20);
		assert_true(figures.min == spreads[0] / 1e8);
		assert_true(figures.max == spreads[count - 1] / 1e8);
	}
	candle_ticks_finish(&ticks);
}

static void
too_many_different_spreads_have_no_median_but_a_mean(void **state)
{
	struct candle_ticks ticks;
	int64_t count = CANDLE_TICKS_SPREADS_MAX + 1;

	candle_ticks_init(&ticks);
	for (int64_t i = 0; i < count; i++)
		add(&ticks, 0, i, TICK_TRADE);
	assert_true(isnan(candle_ticks_spread(&ticks).median));
	assert_true(fabs(candle_ticks_spread(&ticks).mean - (double)(count - 1) / 2e8) < 1e-18);
	candle_ticks_start(&ticks);
	add(&ticks, 0, 5, TICK_TRADE);
	assert_true(candle_ticks_spread(&ticks).median == 5e-8);
	candle_ticks_finish(&ticks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_tick_has_no_spread),
		cmocka_unit_test(ticks_without_bid_or_ask_are_counted_but_have_no_spread),
		cmocka_unit_test(the_median_of_an_even_number_is_the_mean_of_the_middle_two),
		cmocka_unit_test(mean_and_median_equal_those_of_a_sorted_list),
		cmocka_unit_test(too_many_different_spreads_have_no_median_but_a_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
