#include "analysisd/indicators/bollinger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct bollinger bollinger;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/bb.standard.json");
	bollinger_init(&bollinger, 20, 2);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		struct bollinger_bands bands;

		bollinger_push(&bollinger, bars[i].close);
		bands = bollinger_bands(&bollinger);
		assert_close(bands.middle, published_value(results, i, "sma"));
		assert_close(bands.upper, published_value(results, i, "upperBand"));
		assert_close(bands.lower, published_value(results, i, "lowerBand"));
		assert_close(bands.relative_width, published_value(results, i, "width"));
	}
	json_decref(results);
}

static void
streaming_equals_the_batch_on_random_candles(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= 50; seed++) {
		struct bollinger bollinger;

		random_bars(seed, bars, BARS);
		bollinger_init(&bollinger, 20, 2);
		for (int i = 0; i < BARS; i++) {
			double sum = 0, squares = 0;

			bollinger_push(&bollinger, bars[i].close);
			if (i < 19)
				continue;
			for (int j = i - 19; j <= i; j++)
				sum += bars[j].close;
			for (int j = i - 19; j <= i; j++)
				squares += pow(bars[j].close - sum / 20, 2);
			assert_close(bollinger_bands(&bollinger).middle, sum / 20);
			assert_close(bollinger_bands(&bollinger).width, 4 * sqrt(squares / 20));
		}
	}
}

static void
bands_are_undefined_for_nineteen_candles_and_ordered_after(void **state)
{
	struct bollinger bollinger;
	struct bar bars[BARS];

	random_bars(3, bars, BARS);
	bollinger_init(&bollinger, 20, 2);
	for (int i = 0; i < BARS; i++) {
		struct bollinger_bands bands;

		bollinger_push(&bollinger, bars[i].close);
		bands = bollinger_bands(&bollinger);
		if (i < 19) {
			assert_true(isnan(bands.upper) && isnan(bands.middle) && isnan(bands.lower));
			assert_true(isnan(bands.width) && isnan(bands.relative_width));
		} else {
			assert_true(bands.lower < bands.middle && bands.middle < bands.upper);
			assert_true(bands.relative_width > 0 && bands.relative_width < 1);
		}
	}
}

static void
bands_depend_on_the_window_alone(void **state)
{
	struct bollinger old, fresh;

	bollinger_init(&old, 20, 2);
	bollinger_init(&fresh, 20, 2);
	for (int i = 0; i < 1003; i++)
		bollinger_push(&old, 1e9 / (i + 1));
	for (int i = 0; i < 20; i++) {
		bollinger_push(&old, 0.1 * i);
		bollinger_push(&fresh, 0.1 * i);
	}
	assert_true(bollinger_bands(&old).upper == bollinger_bands(&fresh).upper);
	assert_true(bollinger_bands(&old).lower == bollinger_bands(&fresh).lower);
}

static void
a_market_that_stands_still_has_bands_of_no_width(void **state)
{
	struct bollinger bollinger;

	bollinger_init(&bollinger, 20, 2);
	for (int i = 0; i < 60; i++) {
		struct bollinger_bands bands;

		bollinger_push(&bollinger, 64000.01);
		bands = bollinger_bands(&bollinger);
		if (i < 19)
			continue;
		assert_close(bands.middle, 64000.01);
		assert_within(bands.middle, bands.lower, bands.upper);
		assert_within(bands.relative_width, 0, 1e-12);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_candles),
		cmocka_unit_test(bands_are_undefined_for_nineteen_candles_and_ordered_after),
		cmocka_unit_test(bands_depend_on_the_window_alone),
		cmocka_unit_test(a_market_that_stands_still_has_bands_of_no_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
