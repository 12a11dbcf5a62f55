#include "analysisd/indicators/macd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 20

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct macd macd;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/macd.standard.json");
	macd_init(&macd, 12, 26, 9);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		macd_push(&macd, bars[i].close);
		assert_close(macd_values(&macd).line, published_value(results, i, "macd"));
		assert_close(macd_values(&macd).signal, published_value(results, i, "signal"));
		assert_close(macd_values(&macd).histogram,
		    published_value(results, i, "histogram"));
	}
	json_decref(results);
}

/* Of series[from .. count), by the weights of all values; NAN before there are period of them. */
static double
weighted(const double *series, int from, int count, int period)
{
	double share = 2.0 / (period + 1), value = 0, weight = 1;

	if (count - from < period)
		return NAN;
	for (int i = count - 1; i >= from + period; i--) {
		value += share * weight * series[i];
		weight *= 1 - share;
	}
	for (int i = from; i < from + period; i++)
		value += weight / period * series[i];
	return value;
}

/* A difference of prices: what is lost in taking it is of the size of their last digits. */
static void
assert_near(double got, double expected, double price)
{
	if (isnan(expected))
		assert_true(isnan(got));
	else
		assert_within(got, expected - 1e-11 * price, expected + 1e-11 * price);
}

static void
streaming_equals_the_batch_on_random_bars(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		double closes[BARS], lines[BARS];
		struct macd macd;

		random_bars(seed, bars, BARS);
		macd_init(&macd, 12, 26, 9);
		for (int i = 0; i < BARS; i++) {
			double signal;

			closes[i] = bars[i].close;
			lines[i] = weighted(closes, 0, i + 1, 12) - weighted(closes, 0, i + 1, 26);
			signal = weighted(lines, 25, i + 1, 9);
			macd_push(&macd, closes[i]);
			assert_near(macd_values(&macd).line, lines[i], closes[i]);
			assert_near(macd_values(&macd).signal, signal, closes[i]);
			assert_near(macd_values(&macd).histogram, lines[i] - signal, closes[i]);
		}
	}
}

static void
a_market_that_stands_still_has_no_divergence(void **state)
{
	struct macd macd;

	macd_init(&macd, 12, 26, 9);
	for (int i = 0; i < 100; i++) {
		macd_push(&macd, 1.0625);
		assert_near(macd_values(&macd).line, i < 25 ? NAN : 0, 1);
		assert_near(macd_values(&macd).signal, i < 33 ? NAN : 0, 1);
		assert_near(macd_values(&macd).histogram, i < 33 ? NAN : 0, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_bars),
		cmocka_unit_test(a_market_that_stands_still_has_no_divergence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
