#include "analysisd/indicators/atr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400

static void
push(struct atr *atr, const struct bar *bar)
{
	atr_push(atr, bar->high, bar->low, bar->close);
}

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct atr atr;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/atr.standard.json");
	atr_init(&atr, 14);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		push(&atr, &bars[i]);
		assert_close(atr_value(&atr), published_value(results, i, "atr"));
	}
	json_decref(results);
}

/* From all bars anew, by the definition. */
static double
batch(const struct bar *bars, int count, int period)
{
	double value = 0;

	if (count < period + 1)
		return NAN;
	for (int i = 1; i < count; i++) {
		double up = fabs(bars[i].high - bars[i - 1].close);
		double down = fabs(bars[i].low - bars[i - 1].close);
		double range = fmax(bars[i].high - bars[i].low, fmax(up, down));

		if (i <= period)
			value += range / period;
		else
			value += (range - value) / period;
	}
	return value;
}

static void
streaming_equals_the_batch_on_random_candles(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= 50; seed++) {
		struct atr atr;

		random_bars(seed, bars, BARS);
		atr_init(&atr, 14);
		for (int i = 0; i < BARS; i++) {
			push(&atr, &bars[i]);
			assert_close(atr_value(&atr), batch(bars, i + 1, 14));
		}
	}
}

static void
it_is_undefined_for_fourteen_candles_and_bounded_after(void **state)
{
	struct bar bars[BARS];
	struct atr atr;

	random_bars(7, bars, BARS);
	atr_init(&atr, 14);
	for (int i = 0; i < BARS; i++) {
		push(&atr, &bars[i]);
		if (i < 14)
			assert_true(isnan(atr_value(&atr)));
		else
			assert_true(atr_value(&atr) > 0 && atr_value(&atr) < bars[i].close * 0.06);
	}
}

static void
a_market_that_stands_still_has_a_range_of_zero(void **state)
{
	struct atr atr;

	atr_init(&atr, 14);
	for (int i = 0; i < 40; i++)
		atr_push(&atr, 5, 5, 5);
	assert_true(atr_value(&atr) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_candles),
		cmocka_unit_test(it_is_undefined_for_fourteen_candles_and_bounded_after),
		cmocka_unit_test(a_market_that_stands_still_has_a_range_of_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
