#include "analysisd/indicators/rsi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 50

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct rsi rsi;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/rsi.standard.json");
	rsi_init(&rsi, 14);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		rsi_push(&rsi, bars[i].close);
		assert_close(rsi_value(&rsi), published_value(results, i, "rsi"));
	}
	json_decref(results);
}

/* From all closes anew, by the weights that Wilder's mean comes to, as gain / (gain + loss). */
static double
batch(const struct bar *bars, int count, int period)
{
	double gain = 0, loss = 0;

	if (count < period + 1)
		return NAN;
	for (int i = 1; i < count; i++) {
		double change = bars[i].close - bars[i - 1].close;
		int after = count - 1 - (i <= period ? period : i);
		double weight = pow((period - 1.0) / period, after) / period;

		gain += change > 0 ? change * weight : 0;
		loss += change < 0 ? -change * weight : 0;
	}
	return 100 * gain / (gain + loss);
}

static void
streaming_equals_the_batch_on_random_bars_and_keeps_its_limits(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct rsi rsi;

		random_bars(seed, bars, BARS);
		rsi_init(&rsi, 14);
		for (int i = 0; i < BARS; i++) {
			rsi_push(&rsi, bars[i].close);
			assert_close(rsi_value(&rsi), batch(bars, i + 1, 14));
			if (i >= 14)
				assert_within(rsi_value(&rsi), 0, 100);
		}
	}
}

static void
a_market_that_only_rises_has_100_and_one_that_only_falls_has_0(void **state)
{
	struct rsi rising, falling;

	rsi_init(&rising, 14);
	rsi_init(&falling, 14);
	for (int i = 0; i < 300; i++) {
		rsi_push(&rising, 100 + 0.1 * i);
		rsi_push(&falling, 100 - 0.1 * i);
		if (i < 14)
			continue;
		assert_true(rsi_value(&rising) == 100);
		assert_true(rsi_value(&falling) == 0);
	}
}

static void
a_market_that_stands_still_has_none_until_it_moves(void **state)
{
	struct rsi rsi;

	rsi_init(&rsi, 14);
	for (int i = 0; i < 600; i++) {
		rsi_push(&rsi, 5);
		assert_true(isnan(rsi_value(&rsi)));
	}
	rsi_push(&rsi, 4);
	assert_true(rsi_value(&rsi) == 0);
	/* A gain of 2 / 14 against a loss of 1 / 14 x 13 / 14. */
	rsi_push(&rsi, 6);
	assert_close(rsi_value(&rsi), 100 * 2 / (2 + 13.0 / 14));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_bars_and_keeps_its_limits),
		cmocka_unit_test(a_market_that_only_rises_has_100_and_one_that_only_falls_has_0),
		cmocka_unit_test(a_market_that_stands_still_has_none_until_it_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
