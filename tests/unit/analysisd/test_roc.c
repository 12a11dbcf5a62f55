#include "analysisd/indicators/roc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 20

static void
it_is_the_change_against_the_close_a_period_before(void **state)
{
	const int periods[] = {1, 10, ROC_PERIOD_MAX};
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++)
		for (size_t p = 0; p < sizeof(periods) / sizeof(periods[0]); p++) {
			struct roc roc;

			random_bars(seed, bars, BARS);
			roc_init(&roc, periods[p]);
			for (int i = 0; i < BARS; i++) {
				double then = i < periods[p] ? NAN : bars[i - periods[p]].close;
				/* Of changes near 0 the last digits of the prices are left. */
				double expected = 100 * (bars[i].close - then) / then;

				roc_push(&roc, bars[i].close);
				if (isnan(expected))
					assert_true(isnan(roc_value(&roc)));
				else
					assert_within(roc_value(&roc), expected - 1e-11,
					    expected + 1e-11);
			}
		}
}

static void
a_market_that_stands_still_has_a_change_of_zero(void **state)
{
	struct roc roc;

	roc_init(&roc, 10);
	for (int i = 0; i < 40; i++) {
		roc_push(&roc, 0.1);
		if (i < 10)
			assert_true(isnan(roc_value(&roc)));
		else
			assert_true(roc_value(&roc) == 0);
	}
}

static void
nothing_is_said_against_a_close_of_zero(void **state)
{
	struct roc roc;

	roc_init(&roc, 2);
	for (int i = 0; i < 5; i++) {
		roc_push(&roc, i);
		/* Against 0, 1, 2. */
		assert_close(roc_value(&roc), i == 3 ? 200 : i == 4 ? 100 : NAN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_change_against_the_close_a_period_before),
		cmocka_unit_test(a_market_that_stands_still_has_a_change_of_zero),
		cmocka_unit_test(nothing_is_said_against_a_close_of_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
