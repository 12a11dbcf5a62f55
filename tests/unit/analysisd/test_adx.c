#include "analysisd/indicators/adx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 50

static void
push(struct adx *adx, const struct bar *bar)
{
	adx_push(adx, bar->high, bar->low, bar->close);
}

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct adx adx;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/adx.standard.json");
	adx_init(&adx, 14);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		push(&adx, &bars[i]);
		assert_close(adx_values(&adx).plus_di, published_value(results, i, "pdi"));
		assert_close(adx_values(&adx).minus_di, published_value(results, i, "mdi"));
		assert_close(adx_values(&adx).adx, published_value(results, i, "adx"));
	}
	json_decref(results);
}

/* Wilder's mean of a series: that of the first `period`, then each value takes its share. */
static void
smooth(const double *series, int count, int period, double *ret)
{
	double sum = 0;

	for (int i = 0; i < count; i++) {
		double value = series[i];

		sum += i < period ? value : 0;
		if (i < period)
			ret[i] = i < period - 1 ? NAN : sum / period;
		else
			ret[i] = ret[i - 1] + (value - ret[i - 1]) / period;
	}
}

/* All values of all bars, series after series; there is none for the first bar. */
static void
batch(const struct bar *bars, struct adx_values *ret)
{
	double up[BARS - 1], down[BARS - 1], range[BARS - 1], dx[BARS - 1], adx[BARS - 1];
	const int count = BARS - 1;

	for (int i = 0; i < count; i++) {
		const struct bar *bar = &bars[i + 1], *last = &bars[i];
		double rise = bar->high - last->high, fall = last->low - bar->low;

		up[i] = rise > 0 && rise > fall ? rise : 0;
		down[i] = fall > 0 && fall > rise ? fall : 0;
		range[i] = fmax(bar->high, last->close) - fmin(bar->low, last->close);
	}
	smooth(up, count, 14, up);
	smooth(down, count, 14, down);
	smooth(range, count, 14, range);
	for (int i = 13; i < count; i++)
		dx[i] = 100 * fabs(up[i] - down[i]) / (up[i] + down[i]);
	smooth(dx + 13, count - 13, 14, adx + 13);
	ret[0] = (struct adx_values){NAN, NAN, NAN};
	for (int i = 0; i < count; i++)
		ret[i + 1] = (struct adx_values){i < 13 ? NAN : adx[i], 100 * up[i] / range[i],
			100 * down[i] / range[i]};
}

static void
streaming_equals_the_batch_on_random_bars_and_keeps_its_limits(void **state)
{
	struct adx_values expected[BARS];
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct adx adx;

		random_bars(seed, bars, BARS);
		batch(bars, expected);
		adx_init(&adx, 14);
		for (int i = 0; i < BARS; i++) {
			struct adx_values got;

			push(&adx, &bars[i]);
			got = adx_values(&adx);
			assert_close(got.plus_di, expected[i].plus_di);
			assert_close(got.minus_di, expected[i].minus_di);
			assert_close(got.adx, expected[i].adx);
			if (i >= 14)
				assert_within(got.plus_di, 0, 100);
			if (i >= 14)
				assert_within(got.minus_di, 0, 100);
			if (i >= 27)
				assert_within(got.adx, 0, 100);
		}
	}
}

/* Bars of one price: each range is the move, and the shares come as near to 100 as they can. */
static void
a_market_that_only_rises_is_all_plus_di_and_never_above_100(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		double price = 100;
		unsigned chance = seed;
		struct adx adx;

		adx_init(&adx, 14);
		for (int i = 0; i < BARS; i++) {
			price += 1e-3 * (1 + rand_r(&chance) % 1000);
			adx_push(&adx, price, price, price);
			if (i >= 14)
				assert_within(adx_values(&adx).plus_di, 100 - 1e-9, 100);
			if (i >= 14)
				assert_true(adx_values(&adx).minus_di == 0);
			if (i >= 27)
				assert_within(adx_values(&adx).adx, 100 - 1e-9, 100);
		}
	}
}

static void
a_market_that_stands_still_has_no_direction_and_no_trend(void **state)
{
	struct adx adx;

	adx_init(&adx, 14);
	for (int i = 0; i < 100; i++) {
		adx_push(&adx, 5, 5, 5);
		assert_true(isnan(adx_values(&adx).plus_di) && isnan(adx_values(&adx).minus_di));
		if (i < 27)
			assert_true(isnan(adx_values(&adx).adx));
		else
			assert_true(adx_values(&adx).adx == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_bars_and_keeps_its_limits),
		cmocka_unit_test(a_market_that_only_rises_is_all_plus_di_and_never_above_100),
		cmocka_unit_test(a_market_that_stands_still_has_no_direction_and_no_trend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
