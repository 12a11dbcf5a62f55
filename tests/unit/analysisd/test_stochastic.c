#include "analysisd/indicators/stochastic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 50

static void
push(struct stochastic *stochastic, const struct bar *bar)
{
	stochastic_push(stochastic, bar->high, bar->low, bar->close);
}

static void
it_equals_the_published_values(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	struct stochastic stochastic;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/stoch.standard.json");
	stochastic_init(&stochastic, 14, 3, 3);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		push(&stochastic, &bars[i]);
		assert_close(stochastic_values(&stochastic).k, published_value(results, i, "k"));
		assert_close(stochastic_values(&stochastic).d, published_value(results, i, "d"));
	}
	json_decref(results);
}

/* Of the bar at `at`; NAN where its window is not full. */
static double
raw(const struct bar *bars, int at)
{
	double highest = 0, lowest = INFINITY;

	if (at < 13)
		return NAN;
	for (int i = at - 13; i <= at; i++) {
		highest = fmax(highest, bars[i].high);
		lowest = fmin(lowest, bars[i].low);
	}
	return 100 * (bars[at].close - lowest) / (highest - lowest);
}

static double
percent_k(const struct bar *bars, int at)
{
	return at < 15 ? NAN : (raw(bars, at - 2) + raw(bars, at - 1) + raw(bars, at)) / 3;
}

static void
streaming_equals_the_batch_on_random_bars_and_keeps_its_limits(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct stochastic stochastic;

		random_bars(seed, bars, BARS);
		stochastic_init(&stochastic, 14, 3, 3);
		for (int i = 0; i < BARS; i++) {
			struct stochastic_values got;

			push(&stochastic, &bars[i]);
			got = stochastic_values(&stochastic);
			assert_close(got.k, percent_k(bars, i));
			assert_close(got.d, i < 17 ? NAN : (percent_k(bars, i - 2) +
			    percent_k(bars, i - 1) + percent_k(bars, i)) / 3);
			if (i >= 15)
				assert_within(got.k, 0, 100);
			if (i >= 17)
				assert_within(got.d, 0, 100);
		}
	}
}

static void
a_close_at_the_highest_high_is_100_and_never_more(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		unsigned chance = seed;
		double price = 100;
		struct stochastic stochastic;

		stochastic_init(&stochastic, 14, 3, 3);
		for (int i = 0; i < BARS; i++) {
			price += 1e-3 * (1 + rand_r(&chance) % 1000);
			stochastic_push(&stochastic, price, price - 0.3, price);
			if (i >= 15)
				assert_true(stochastic_values(&stochastic).k == 100);
			if (i >= 17)
				assert_true(stochastic_values(&stochastic).d == 100);
		}
	}
}

static void
a_market_that_stands_still_has_none_and_has_it_again_when_it_moves(void **state)
{
	struct stochastic stochastic;

	stochastic_init(&stochastic, 14, 3, 3);
	for (int i = 0; i < 60; i++) {
		stochastic_push(&stochastic, 5, 5, 5);
		assert_true(isnan(stochastic_values(&stochastic).k));
		assert_true(isnan(stochastic_values(&stochastic).d));
	}
	/* The third raw that is defined ends what is not in %K, two more what is not in %D. */
	for (int i = 0; i < 8; i++) {
		stochastic_push(&stochastic, 6, 4, 5.5);
		assert_close(stochastic_values(&stochastic).k, i < 2 ? NAN : 75);
		assert_close(stochastic_values(&stochastic).d, i < 4 ? NAN : 75);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(streaming_equals_the_batch_on_random_bars_and_keeps_its_limits),
		cmocka_unit_test(a_close_at_the_highest_high_is_100_and_never_more),
		cmocka_unit_test(a_market_that_stands_still_has_none_and_has_it_again_when_it_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
