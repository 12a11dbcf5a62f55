#include "analysisd/offsets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/decimal.h"

#define OPEN_US (INT64_C(19944) * CLOCK_DAY_US)
#define E8 DECIMAL_ONE

static struct offsets offsets;

static int
set_up(void **state)
{
	offsets_start(&offsets, "sim:OTHER", OPEN_US);
	return 0;
}

static int64_t
e8(double price)
{
	return (int64_t)rint(price * 1e8);
}

/* A tick of that mid, 2 x half wide. */
static struct tick
quote(int64_t time_us, double mid, double half)
{
	return (struct tick){
		.time_us = time_us,
		.price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE,
		.bid_e8 = e8(mid - half),
		.ask_e8 = e8(mid + half),
		.flags = TICK_QUOTE,
	};
}

static bool
add(int64_t time_us, struct tick ours, struct tick theirs)
{
	return offsets_add(&offsets, time_us, &ours, &theirs);
}

/* At the n-th instant, of those ages. */
static bool
add_at(int n, double ours, double theirs, int64_t our_age_us, int64_t their_age_us)
{
	int64_t time_us = OPEN_US - (OFFSETS_INSTANTS - 1 - n) * OFFSETS_STEP_US;

	return add(time_us, quote(time_us - our_age_us, ours, 0.25),
	    quote(time_us - their_age_us, theirs, 1));
}

static void
assert_near(double is, double expected)
{
	if (!(fabs(is - expected) <= 1e-9 * (1 + fabs(expected))))
		fail_msg("%.17g is not %.17g", is, expected);
}

static void
without_a_pair_nothing_is_defined_and_the_confidence_is_0(void **state)
{
	struct offset_figures figures = offsets_figures(&offsets);

	assert_true(isnan(figures.mean) && isnan(figures.sigma) && isnan(figures.percent));
	assert_true(isnan(figures.drift) && isnan(figures.ours) && isnan(figures.theirs));
	assert_true(isnan(figures.spread_mean) && isnan(figures.spread_median));
	assert_true(isnan(figures.steadiness));
	assert_true(figures.count_share == 0 && figures.confidence == 0);
}

static void
a_tick_of_exactly_30_s_makes_a_pair_without_weight(void **state)
{
	assert_true(add_at(0, 101, 100, OFFSETS_AGE_MAX_US, 0));
	assert_true(offsets.pairs[0].weight == 0);
	assert_true(add_at(1, 101, 100, 0, OFFSETS_AGE_MAX_US));
	assert_int_equal(offsets.count, 2);
	assert_true(isnan(offsets_figures(&offsets).mean));
	assert_true(isnan(offsets_figures(&offsets).confidence));
}

static void
an_older_tick_makes_no_pair_nor_does_a_later_one(void **state)
{
	assert_false(add_at(0, 101, 100, OFFSETS_AGE_MAX_US + 1, 0));
	assert_false(add_at(0, 101, 100, 0, OFFSETS_AGE_MAX_US + 1));
	assert_false(add_at(0, 101, 100, 0, -1));
	assert_int_equal(offsets.count, 0);
}

static void
the_older_of_the_two_gives_the_weight(void **state)
{
	assert_true(add_at(0, 101, 100, 3000000, 12000000));
	assert_near(offsets.pairs[0].weight, 0.6);
	assert_true(add_at(1, 101, 100, 27000000, 12000000));
	assert_near(offsets.pairs[1].weight, 0.1);
	assert_true(add_at(2, 101, 100, 0, 0));
	assert_true(offsets.pairs[2].weight == 1);
}

static void
a_trade_without_quotes_counts_with_its_price(void **state)
{
	struct tick trade = quote(OPEN_US, 0, 0);

	trade.price_e8 = 102 * E8;
	trade.bid_e8 = TICK_NONE;
	assert_true(add(OPEN_US, trade, quote(OPEN_US, 100, 1)));
	assert_true(offsets.pairs[0].ours == 102 && offsets.pairs[0].offset == 2);
	assert_true(isnan(offsets.pairs[0].spread));
	assert_true(isnan(offsets_figures(&offsets).spread_mean));
	trade.price_e8 = TICK_NONE;
	assert_false(add(OPEN_US, trade, quote(OPEN_US, 100, 1)));
	assert_false(add(OPEN_US, quote(OPEN_US, 100, 1), trade));
	assert_int_equal(offsets.count, 1);
}

static void
a_mid_of_half_a_unit_is_kept(void **state)
{
	struct tick ours = quote(OPEN_US, 100, 0);

	ours.ask_e8 += 1;
	assert_true(add(OPEN_US, ours, quote(OPEN_US, 100, 0)));
	assert_true(offsets.pairs[0].offset == 0.5e-8);
}

static void
crossed_quotes_have_a_mid_but_no_spread(void **state)
{
	assert_true(add(OPEN_US, quote(OPEN_US, 100, -1), quote(OPEN_US, 90, 1)));
	assert_true(offsets.pairs[0].offset == 10 && isnan(offsets.pairs[0].spread));
}

static void
two_pairs_weighed_by_hand(void **state)
{
	struct offset_figures figures;

	/* Weight 1 at offset 2, weight 0.5 at offset 5, half an hour (60 instants) later. */
	assert_true(add_at(0, 102, 100, 0, 0));
	assert_true(add_at(60, 206, 201, 15000000, 0));
	figures = offsets_figures(&offsets);
	assert_near(figures.mean, (2 + 0.5 * 5) / 1.5);
	assert_near(figures.sigma, sqrt((1 * 1.0 * 1.0 + 0.5 * 2 * 2) / 1.5));
	assert_near(figures.drift, 3 / 0.5);
	assert_near(figures.ours, (102 + 0.5 * 206) / 1.5);
	assert_near(figures.theirs, (100 + 0.5 * 201) / 1.5);
	assert_near(figures.percent, 100 * 3 / ((100 + 0.5 * 201) / 1.5));
	assert_near(figures.count_share, 2.0 / 120);
	assert_near(figures.spread_mean, 0.5);
	assert_near(figures.steadiness, 0.5 / (0.5 + sqrt(2)));
	assert_near(figures.confidence, 2.0 / 120 * 0.5 / (0.5 + sqrt(2)));
}

static void
one_pair_has_a_mean_but_no_scatter(void **state)
{
	struct offset_figures figures;

	assert_true(add_at(119, 98, 100, 0, 0));
	figures = offsets_figures(&offsets);
	assert_near(figures.mean, -2);
	assert_true(isnan(figures.sigma) && isnan(figures.drift) && isnan(figures.confidence));
}

static void
the_drift_of_a_line_is_its_slope_whatever_the_weights(void **state)
{
	struct offset_figures figures;
	unsigned seed = 9;

	/* 3 + 7.2 an hour: 0.06 an instant. */
	for (int n = 0; n < OFFSETS_INSTANTS; n++)
		assert_true(add_at(n, 2003 + 0.06 * n, 2000, rand_r(&seed) % 29999999,
		    rand_r(&seed) % 29999999));
	figures = offsets_figures(&offsets);
	assert_true(fabs(figures.drift - 7.2) < 1e-7);
	assert_true(figures.count_share == 1);
}

static void
a_steady_offset_of_a_whole_hour_is_certain(void **state)
{
	struct offset_figures figures;

	for (int n = 0; n < OFFSETS_INSTANTS; n++)
		assert_true(add_at(n, 103, 100, 1000000, 0));
	assert_false(add_at(OFFSETS_INSTANTS - 1, 103, 100, 0, 0));
	figures = offsets_figures(&offsets);
	assert_near(figures.mean, 3);
	assert_near(figures.sigma, 0);
	assert_near(figures.drift, 0);
	assert_near(figures.confidence, 1);
}

static void
a_scatter_as_wide_as_the_spread_is_half_as_certain(void **state)
{
	/* Offsets 3 +/- 0.5, a spread of 0.5. */
	for (int n = 0; n < OFFSETS_INSTANTS; n++)
		assert_true(add_at(n, n % 2 == 0 ? 103.5 : 102.5, 100, 0, 0));
	assert_near(offsets_figures(&offsets).sigma, 0.5);
	assert_near(offsets_figures(&offsets).confidence, 0.5);
}

static void
the_median_spread_is_ours_and_of_the_middle(void **state)
{
	const double halves[] = {4, 0.5, 1, 2};

	for (int n = 0; n < 4; n++)
		assert_true(add(OPEN_US + n, quote(OPEN_US, 100, halves[n]),
		    quote(OPEN_US, 100, 50)));
	assert_near(offsets_figures(&offsets).spread_median, 3);
	assert_near(offsets_figures(&offsets).spread_mean, 3.75);
}

/* The same figures from the textbook's sums, in long double and without means taken first. */
static void
figures_equal_those_of_the_raw_moments(void **state)
{
	unsigned seed = 77;

	for (int round = 0; round < 50; round++) {
		long double w = 0, o = 0, oo = 0, h = 0, hh = 0, ho = 0;
		struct offset_figures figures;

		set_up(NULL);
		for (int n = 0; n < OFFSETS_INSTANTS; n++)
			if (rand_r(&seed) % 3 != 0)
				add_at(n, 100 + rand_r(&seed) % 1000 / 100.0,
				    95 + rand_r(&seed) % 1000 / 100.0,
				    rand_r(&seed) % 30000000, rand_r(&seed) % 30000000);
		for (int i = 0; i < offsets.count; i++) {
			const struct offset_pair *pair = &offsets.pairs[i];
			long double at = (pair->time_us - OPEN_US) / 3600e6L;
			long double offset = (long double)pair->ours - pair->theirs;

			w += pair->weight;
			o += pair->weight * offset;
			oo += pair->weight * offset * offset;
			h += pair->weight * at;
			hh += pair->weight * at * at;
			ho += pair->weight * at * offset;
		}
		figures = offsets_figures(&offsets);
		assert_near(figures.mean, (double)(o / w));
		assert_near(figures.sigma, (double)sqrtl(oo / w - o / w * (o / w)));
		assert_near(figures.drift, (double)((w * ho - h * o) / (w * hh - h * h)));
		assert_near(figures.ours - figures.theirs, figures.mean);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_pair_nothing_is_defined_and_the_confidence_is_0),
		TEST(a_tick_of_exactly_30_s_makes_a_pair_without_weight),
		TEST(an_older_tick_makes_no_pair_nor_does_a_later_one),
		TEST(the_older_of_the_two_gives_the_weight),
		TEST(a_trade_without_quotes_counts_with_its_price),
		TEST(a_mid_of_half_a_unit_is_kept),
		TEST(crossed_quotes_have_a_mid_but_no_spread),
		TEST(two_pairs_weighed_by_hand),
		TEST(one_pair_has_a_mean_but_no_scatter),
		TEST(the_drift_of_a_line_is_its_slope_whatever_the_weights),
		TEST(a_steady_offset_of_a_whole_hour_is_certain),
		TEST(a_scatter_as_wide_as_the_spread_is_half_as_certain),
		TEST(the_median_spread_is_ours_and_of_the_middle),
		TEST(figures_equal_those_of_the_raw_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
