#include "analysisd/indicators/vwap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/published.h"

#define BARS 288
#define SEEDS 50

struct weighted {
	double typical[BARS], weight[BARS];
	double low[BARS], high[BARS];
};

/* Weights of any size, and none at all in some. */
static void
random_session(unsigned seed, struct weighted *ret)
{
	struct bar bars[BARS];
	unsigned chance = seed;

	random_bars(seed, bars, BARS);
	for (int i = 0; i < BARS; i++) {
		ret->typical[i] = (bars[i].high + bars[i].low + bars[i].close) / 3;
		ret->low[i] = bars[i].low;
		ret->high[i] = bars[i].high;
		ret->weight[i] = rand_r(&chance) % 5 == 0 ? 0 :
		    (1 + rand_r(&chance) % 1000) * pow(10, rand_r(&chance) % 10 - 5);
	}
}

/* In two passes: the mean, then what is off it. */
static struct vwap_values
batch(const struct weighted *session, int count)
{
	double weights = 0, products = 0, squares = 0, value, sigma;

	for (int i = 0; i < count; i++) {
		weights += session->weight[i];
		products += session->weight[i] * session->typical[i];
	}
	value = products / weights;
	for (int i = 0; i < count; i++)
		squares += session->weight[i] * pow(session->typical[i] - value, 2);
	sigma = sqrt(squares / weights);
	return (struct vwap_values){value, sigma, value + sigma, value - sigma, value + 2 * sigma,
		value - 2 * sigma};
}

static void
assert_values(const struct vwap_values *got, const struct vwap_values *expected)
{
	assert_close(got->vwap, expected->vwap);
	assert_close(got->upper1, expected->upper1);
	assert_close(got->lower1, expected->lower1);
	assert_close(got->upper2, expected->upper2);
	assert_close(got->lower2, expected->lower2);
	if (isnan(expected->vwap))
		assert_true(isnan(got->sigma));
	else /* of one bar it is 0, but for the last digits of the price */
		assert_within(got->sigma, expected->sigma - 1e-9 * expected->vwap,
		    expected->sigma + 1e-9 * expected->vwap);
}

static void
price_and_bands_equal_the_batch_and_stay_in_order_on_random_bars(void **state)
{
	struct weighted session;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		double lowest = INFINITY, highest = 0;
		struct vwap vwap;

		random_session(seed, &session);
		vwap_init(&vwap);
		for (int i = 0; i < BARS; i++) {
			struct vwap_values got, expected = batch(&session, i + 1);

			vwap_push(&vwap, session.typical[i], session.weight[i]);
			got = vwap_values(&vwap);
			assert_values(&got, &expected);
			lowest = fmin(lowest, session.low[i]);
			highest = fmax(highest, session.high[i]);
			if (isnan(expected.vwap))
				continue;
			/* What rounds is the last digit of the sums. */
			assert_within(got.vwap, lowest * (1 - 1e-14), highest * (1 + 1e-14));
			assert_within(got.lower1, got.lower2, got.vwap);
			assert_within(got.upper1, got.vwap, got.upper2);
		}
	}
}

static void
a_session_without_weight_has_none_and_a_bar_without_changes_nothing(void **state)
{
	struct vwap vwap, before;

	vwap_init(&vwap);
	for (int i = 0; i < 10; i++) {
		vwap_push(&vwap, 100 + i, 0);
		assert_true(isnan(vwap_values(&vwap).vwap) && isnan(vwap_values(&vwap).sigma));
		assert_true(isnan(vwap_values(&vwap).upper1) && isnan(vwap_values(&vwap).lower2));
	}
	vwap_push(&vwap, 100, 3);
	vwap_push(&vwap, 104, 1);
	before = vwap;
	vwap_push(&vwap, 900, 0);
	assert_memory_equal(&vwap, &before, sizeof(vwap));
	/* 3 x 100 and 1 x 104: 101, and sqrt((3 x 1 + 1 x 9) / 4). */
	assert_close(vwap_values(&vwap).vwap, 101);
	assert_close(vwap_values(&vwap).sigma, sqrt(3));
	assert_close(vwap_values(&vwap).upper2, 101 + 2 * sqrt(3));
}

static void
a_market_that_stands_still_has_its_price_and_narrow_bands(void **state)
{
	struct vwap vwap;

	vwap_init(&vwap);
	for (int i = 0; i < BARS; i++) {
		vwap_push(&vwap, 64000.01, 0.1 * (i + 1));
		assert_close(vwap_values(&vwap).vwap, 64000.01);
		assert_within(vwap_values(&vwap).sigma, 0, 64000.01 * 1e-12);
	}
}

static void
a_new_session_knows_nothing_of_the_last(void **state)
{
	struct vwap used, fresh;

	vwap_init(&used);
	vwap_init(&fresh);
	vwap_push(&used, 1e9, 1e9);
	vwap_init(&used);
	vwap_push(&used, 7, 2);
	vwap_push(&fresh, 7, 2);
	assert_true(vwap_values(&used).vwap == 7);
	assert_memory_equal(&used, &fresh, sizeof(used));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(price_and_bands_equal_the_batch_and_stay_in_order_on_random_bars),
		cmocka_unit_test(a_session_without_weight_has_none_and_a_bar_without_changes_nothing),
		cmocka_unit_test(a_market_that_stands_still_has_its_price_and_narrow_bands),
		cmocka_unit_test(a_new_session_knows_nothing_of_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
