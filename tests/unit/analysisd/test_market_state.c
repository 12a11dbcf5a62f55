#include "analysisd/market_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysisd/regime.h"
#include "common/clock.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US)

static struct market_state market;

static void
push(int64_t open_time_us, bool complete)
{
	const struct candle candle = {
		.open_time_us = open_time_us,
		.high_e8 = 110 + open_time_us / CANDLE_M5_US % 7,
		.low_e8 = 100,
		.close_e8 = 105,
		.complete = complete,
	};

	market_state_push(&market, &candle);
}

static void
an_empty_state_has_no_bar_and_no_coverage(void **state)
{
	market_state_start(&market, DAY_US + 5);
	assert_int_equal(market.day_us, DAY_US);
	assert_null(market_state_bar(&market, 0));
	assert_int_equal(market_state_coverage(&market).present, 0);
	assert_true(isnan(market_state_mean_atr(&market)));
}

static void
bars_are_found_by_their_age_as_far_back_as_they_are_kept(void **state)
{
	market_state_start(&market, DAY_US);
	for (int i = 0; i < 700; i++) {
		push(DAY_US + (i - 500) * CANDLE_M5_US, true);
		for (int back = 0; back < MARKET_BARS_KEPT && back <= i; back++)
			assert_int_equal(market_state_bar(&market, back)->open_time_us,
			    DAY_US + (i - back - 500) * CANDLE_M5_US);
		assert_null(market_state_bar(&market, i + 1));
	}
	assert_null(market_state_bar(&market, MARKET_BARS_KEPT));
	assert_null(market_state_bar(&market, -1));
	assert_int_equal(market.bars, 700);
	assert_int_equal(market.seed_bars, 500);
	assert_int_equal(market.first_bar_us, DAY_US - 500 * CANDLE_M5_US);
}

static void
coverage_counts_the_slots_of_a_day_that_are_there(void **state)
{
	struct market_coverage coverage;

	market_state_start(&market, DAY_US);
	/* Every second slot of two days; of these every third is complete. */
	for (int i = -576; i < 0; i += 2)
		push(DAY_US + i * CANDLE_M5_US, i % 3 == 0);
	coverage = market_state_coverage(&market);
	assert_int_equal(coverage.slots, 288);
	assert_int_equal(coverage.present, 144);
	assert_int_equal(coverage.complete, 48);
}

static void
the_mean_atr_takes_every_loaded_bar_that_has_one(void **state)
{
	double sum = 0;
	int values = 0;

	market_state_start(&market, DAY_US);
	for (int i = 0; i < 100; i++) {
		push(DAY_US + i * CANDLE_M5_US, true);
		if (!isnan(atr_value(&market.atr))) {
			sum += atr_value(&market.atr);
			values++;
		}
		if (values < REGIME_ATR_VALUES_MIN)
			assert_true(isnan(market_state_mean_atr(&market)));
		else
			assert_true(fabs(market_state_mean_atr(&market) - sum / values) < 1e-20);
	}
	assert_int_equal(market.atr_values, 86);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_state_has_no_bar_and_no_coverage),
		cmocka_unit_test(bars_are_found_by_their_age_as_far_back_as_they_are_kept),
		cmocka_unit_test(coverage_counts_the_slots_of_a_day_that_are_there),
		cmocka_unit_test(the_mean_atr_takes_every_loaded_bar_that_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
