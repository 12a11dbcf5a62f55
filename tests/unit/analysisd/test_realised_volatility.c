#include "analysisd/indicators/realised_volatility.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 400
#define SEEDS 20

/* From the newest `period` returns anew. */
static double
batch(const struct bar *bars, int count, int period)
{
	double squares = 0;

	if (count < period + 1)
		return NAN;
	for (int i = count - period; i < count; i++)
		squares += pow(log(bars[i].close) - log(bars[i - 1].close), 2);
	return sqrt(squares / period);
}

static void
streaming_equals_the_batch_on_random_bars(void **state)
{
	struct bar bars[BARS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct realised_volatility realised;

		random_bars(seed, bars, BARS);
		realised_volatility_init(&realised, 20);
		for (int i = 0; i < BARS; i++) {
			realised_volatility_push(&realised, bars[i].close);
			assert_close(realised_volatility_value(&realised), batch(bars, i + 1, 20));
			if (i >= 20) /* closes of random bars change by less than 1 per cent x 2 */
				assert_within(realised_volatility_value(&realised), 0, 0.021);
		}
	}
}

static void
a_market_that_doubles_each_bar_has_the_logarithm_of_two(void **state)
{
	struct realised_volatility realised;

	realised_volatility_init(&realised, 20);
	for (int i = 0; i <= 20; i++)
		realised_volatility_push(&realised, ldexp(1, i));
	assert_close(realised_volatility_value(&realised), log(2));
}

static void
a_market_that_stands_still_has_a_volatility_of_zero(void **state)
{
	struct realised_volatility realised;

	realised_volatility_init(&realised, 20);
	for (int i = 0; i < 40; i++) {
		realised_volatility_push(&realised, 5);
		if (i < 20)
			assert_true(isnan(realised_volatility_value(&realised)));
		else
			assert_true(realised_volatility_value(&realised) == 0);
	}
}

static void
a_close_that_is_not_above_zero_has_no_return_and_hurts_no_other(void **state)
{
	const double strange[] = {0, -3};

	for (int i = 0; i < 2; i++) {
		struct realised_volatility realised;

		realised_volatility_init(&realised, 2);
		realised_volatility_push(&realised, 1);
		realised_volatility_push(&realised, exp(0.3));
		realised_volatility_push(&realised, strange[i]);
		realised_volatility_push(&realised, 1);
		assert_true(isnan(realised_volatility_value(&realised)));
		realised_volatility_push(&realised, exp(0.4));
		assert_close(realised_volatility_value(&realised), sqrt((0.09 + 0.16) / 2));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streaming_equals_the_batch_on_random_bars),
		cmocka_unit_test(a_market_that_doubles_each_bar_has_the_logarithm_of_two),
		cmocka_unit_test(a_market_that_stands_still_has_a_volatility_of_zero),
		cmocka_unit_test(a_close_that_is_not_above_zero_has_no_return_and_hurts_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
