#include "analysisd/indicators/sma.h"

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
	struct sma sma;
	json_t *results;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	results = published_results("results/sma.standard.json");
	sma_init(&sma, 20);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		sma_push(&sma, bars[i].close);
		assert_close(sma_value(&sma), published_value(results, i, "sma"));
	}
	json_decref(results);
}

static double
mean(const struct bar *bars, int count, int period)
{
	double sum = 0;

	for (int i = count - period; i < count; i++)
		sum += bars[i].close;
	return sum / period;
}

static void
every_period_is_the_mean_of_its_window_and_undefined_before(void **state)
{
	const int periods[] = {1, 3, 20, 50, 200};
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++)
		for (size_t p = 0; p < sizeof(periods) / sizeof(periods[0]); p++) {
			struct sma sma;

			random_bars(seed, bars, BARS);
			sma_init(&sma, periods[p]);
			for (int i = 0; i < BARS; i++) {
				sma_push(&sma, bars[i].close);
				assert_close(sma_value(&sma), i + 1 < periods[p] ? NAN :
				    mean(bars, i + 1, periods[p]));
			}
		}
}

/* The volumes of bars: of any size, and none at all in many. */
static void
volumes_of_any_size_have_their_mean(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		unsigned chance = seed;
		double volumes[BARS];
		struct sma sma;

		sma_init(&sma, 20);
		for (int i = 0; i < BARS; i++) {
			double sum = 0;

			volumes[i] = rand_r(&chance) % 3 == 0 ? 0 :
			    rand_r(&chance) * pow(10, rand_r(&chance) % 12 - 8);
			sma_push(&sma, volumes[i]);
			for (int j = i; j > i - 20 && j >= 0; j--)
				sum += volumes[j];
			assert_close(sma_value(&sma), i < 19 ? NAN : sum / 20);
		}
	}
}

static void
a_market_without_volume_has_a_mean_volume_of_zero(void **state)
{
	struct sma sma;

	sma_init(&sma, 20);
	for (int i = 0; i < 20; i++) {
		assert_true(isnan(sma_value(&sma)));
		sma_push(&sma, 0);
	}
	assert_true(sma_value(&sma) == 0);
}

static void
the_mean_depends_on_the_window_alone(void **state)
{
	struct sma old, fresh;

	sma_init(&old, 50);
	sma_init(&fresh, 50);
	for (int i = 0; i < 1003; i++)
		sma_push(&old, 1e12 / (i + 1));
	for (int i = 0; i < 50; i++) {
		sma_push(&old, 0.1 * i);
		sma_push(&fresh, 0.1 * i);
	}
	assert_true(sma_value(&old) == sma_value(&fresh));
}

static void
what_is_not_defined_is_gone_with_its_window(void **state)
{
	struct sma sma;

	sma_init(&sma, 3);
	sma_push(&sma, NAN);
	for (int i = 1; i <= 4; i++) {
		sma_push(&sma, i);
		if (i < 3)
			assert_true(isnan(sma_value(&sma)));
		else
			assert_true(sma_value(&sma) == i - 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_the_published_values),
		cmocka_unit_test(every_period_is_the_mean_of_its_window_and_undefined_before),
		cmocka_unit_test(volumes_of_any_size_have_their_mean),
		cmocka_unit_test(a_market_without_volume_has_a_mean_volume_of_zero),
		cmocka_unit_test(the_mean_depends_on_the_window_alone),
		cmocka_unit_test(what_is_not_defined_is_gone_with_its_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
