#include "analysisd/indicators/ema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 600
#define SEEDS 20

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct ema ema;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/ema.standard.json");
	ema_init(&ema, 20);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		ema_push(&ema, bars[i].close);
		assert_close(ema_value(&ema), published_value(results, i, "ema"));
	}
	json_decref(results);
}

/* By the weights of all values: the first ones share what is left of theirs. */
static double
weighted(const struct bar *bars, int count, int period)
{
	double share = 2.0 / (period + 1), value = 0, weight = 1;

	if (count < period)
		return NAN;
	for (int i = count - 1; i >= period; i--) {
		value += share * weight * bars[i].close;
		weight *= 1 - share;
	}
	for (int i = 0; i < period; i++)
		value += weight / period * bars[i].close;
	return value;
}

static void
streaming_equals_the_sum_of_all_weights_on_random_bars(void **state)
{
	const int periods[] = {1, 9, 12, 20, 26, 50, 200};
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++)
		for (size_t p = 0; p < sizeof(periods) / sizeof(periods[0]); p++) {
			struct ema ema;

			random_bars(seed, bars, BARS);
			ema_init(&ema, periods[p]);
			for (int i = 0; i < BARS; i++) {
				ema_push(&ema, bars[i].close);
				assert_close(ema_value(&ema), weighted(bars, i + 1, periods[p]));
			}
		}
}

static void
it_stays_between_the_lowest_and_the_highest_value(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		double least = INFINITY, most = 0;
		struct ema ema;

		random_bars(seed, bars, BARS);
		ema_init(&ema, 50);
		for (int i = 0; i < BARS; i++) {
			least = fmin(least, bars[i].close);
			most = fmax(most, bars[i].close);
			ema_push(&ema, bars[i].close);
			if (i >= 49)
				assert_within(ema_value(&ema), least, most);
		}
	}
}

static void
a_market_that_stands_still_is_its_own_average(void **state)
{
	struct ema ema;

	ema_init(&ema, 200);
	for (int i = 0; i < 600; i++) {
		ema_push(&ema, 64000.01);
		assert_close(ema_value(&ema), i < 199 ? NAN : 64000.01);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_sum_of_all_weights_on_random_bars),
		cmocka_unit_test(it_stays_between_the_lowest_and_the_highest_value),
		cmocka_unit_test(a_market_that_stands_still_is_its_own_average),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
