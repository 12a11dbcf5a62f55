#include "analysisd/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#define WINDOW_US INT64_C(30000000)
#define START_US (INT64_C(1700000100) * 1000000)

static struct flow flow;

static void
add(int64_t time_us, int64_t volume_e8, uint32_t flags, int64_t trade_count)
{
	const struct tick tick = {
		.time_us = time_us,
		.price_e8 = 5,
		.volume_e8 = volume_e8,
		.bid_e8 = TICK_NONE,
		.ask_e8 = TICK_NONE,
		.flags = flags,
		.trade_count = trade_count,
	};

	flow_add(&flow, &tick);
}

static void
buy(int64_t time_us, int64_t volume_e8)
{
	add(time_us, volume_e8, TICK_TRADE, 0);
}

static void
sell(int64_t time_us, int64_t volume_e8)
{
	add(time_us, volume_e8, TICK_TRADE | TICK_SELL, 0);
}

/* Of the n-th window from the start. */
static struct flow_pressure
pressure(int64_t n)
{
	return flow_pressure(&flow, START_US + (n + 1) * WINDOW_US);
}

static bool
is_undefined(const struct flow_pressure *got)
{
	return isnan(got->buy) && isnan(got->sell) && isnan(got->buy_share) && isnan(got->z) &&
	    got->trades == 0;
}

static void
a_window_holds_its_start_and_not_its_end(void **state)
{
	assert_int_equal(START_US % WINDOW_US, 0);
	assert_int_equal(FLOW_WINDOW_US, WINDOW_US);
	flow_start(&flow, START_US);
	buy(START_US + WINDOW_US - 1, DECIMAL_ONE);
	buy(START_US + WINDOW_US, 2 * DECIMAL_ONE);
	sell(START_US + 2 * WINDOW_US - 1, 6 * DECIMAL_ONE);
	sell(START_US + 2 * WINDOW_US, 16 * DECIMAL_ONE);
	assert_true(pressure(0).buy == 1 && pressure(0).sell == 0 && pressure(0).buy_share == 1);
	assert_true(pressure(1).buy == 2 && pressure(1).sell == 6);
	assert_true(pressure(1).buy_share == 0.25);
	assert_int_equal(pressure(1).trades, 2);
	assert_true(pressure(2).buy == 0 && pressure(2).sell == 16 && pressure(2).buy_share == 0);
}

static void
windows_lie_on_the_same_grid_before_1970(void **state)
{
	flow_start(&flow, -10 * WINDOW_US);
	buy(-2 * WINDOW_US - 1, DECIMAL_ONE);
	buy(-2 * WINDOW_US, 2 * DECIMAL_ONE);
	buy(-1, 4 * DECIMAL_ONE);
	buy(0, 8 * DECIMAL_ONE);
	assert_true(flow_pressure(&flow, -2 * WINDOW_US).buy == 1);
	assert_true(flow_pressure(&flow, -WINDOW_US).buy == 2);
	assert_true(flow_pressure(&flow, 0).buy == 4);
	assert_true(flow_pressure(&flow, WINDOW_US).buy == 8);
}

static void
a_window_that_was_not_read_from_its_start_is_undefined(void **state)
{
	struct flow_pressure got;

	flow_start(&flow, START_US + 1);
	buy(START_US + 2, DECIMAL_ONE);
	buy(START_US + WINDOW_US, DECIMAL_ONE);
	got = pressure(0);
	assert_true(is_undefined(&got));
	got = pressure(-1);
	assert_true(is_undefined(&got));
	assert_true(pressure(1).buy == 1);
	flow_start(&flow, START_US);
	buy(START_US, DECIMAL_ONE);
	assert_true(pressure(0).buy == 1);
}

static void
quotes_and_ticks_without_volume_do_not_count(void **state)
{
	flow_start(&flow, START_US);
	buy(START_US, DECIMAL_ONE);
	add(START_US + 1, 5 * DECIMAL_ONE, TICK_QUOTE, 0);
	add(START_US + 2, 5 * DECIMAL_ONE, TICK_QUOTE | TICK_SELL, 9);
	add(START_US + 3, TICK_NONE, TICK_TRADE, 9);
	assert_true(pressure(0).buy == 1 && pressure(0).sell == 0);
	assert_int_equal(pressure(0).trades, 1);
}

static void
a_symbol_of_quotes_has_no_flow_rather_than_one_of_zero(void **state)
{
	flow_start(&flow, START_US);
	for (int64_t n = 0; n < 100; n++) {
		struct flow_pressure got;

		add(START_US + n * WINDOW_US, TICK_NONE, TICK_QUOTE, 0);
		got = pressure(n);
		assert_true(is_undefined(&got));
	}
}

static void
a_quiet_window_among_others_has_volumes_of_zero_and_no_share(void **state)
{
	flow_start(&flow, START_US);
	buy(START_US, DECIMAL_ONE);
	assert_true(pressure(1).buy == 0 && pressure(1).sell == 0);
	assert_true(isnan(pressure(1).buy_share));
	assert_int_equal(pressure(1).trades, 0);
}

static void
trades_inside_aggregates_are_counted(void **state)
{
	flow_start(&flow, START_US);
	add(START_US, DECIMAL_ONE, TICK_TRADE, 7);
	add(START_US, DECIMAL_ONE, TICK_TRADE | TICK_SELL, 1);
	add(START_US, DECIMAL_ONE, TICK_TRADE, 0);
	assert_int_equal(pressure(0).trades, 9);
	assert_true(pressure(0).buy == 2 && pressure(0).sell == 1);
}

static void
sums_beyond_the_range_of_one_volume_are_exact(void **state)
{
	flow_start(&flow, START_US);
	/* 2^63 - 1 in 1e-8 is 92233720368.54775807; a hundred of them, and one 1e-8. */
	for (int i = 0; i < 100; i++) {
		buy(START_US, INT64_MAX);
		sell(START_US, INT64_MAX);
	}
	buy(START_US, 1);
	assert_true(pressure(0).buy == 9223372036854.77580701);
	assert_true(pressure(0).sell == 9223372036854.775807);
	assert_true(pressure(0).buy_share == 0.5);
	assert_int_equal(pressure(0).trades, 201);
}

/* Nets of the windows 0 .. 59 and, last, of the one that is held against them; in 1e-8. */
static double
z_of(const int64_t nets_e8[static FLOW_WINDOWS_BEFORE + 1])
{
	flow_start(&flow, START_US);
	for (int64_t n = 0; n <= FLOW_WINDOWS_BEFORE; n++) {
		buy(START_US + n * WINDOW_US, nets_e8[n] > 0 ? nets_e8[n] : 0);
		sell(START_US + n * WINDOW_US, nets_e8[n] < 0 ? -nets_e8[n] : 0);
	}
	return pressure(FLOW_WINDOWS_BEFORE).z;
}

static void
z_is_the_distance_from_the_mean_of_sixty_windows_in_their_deviations(void **state)
{
	int64_t nets_e8[FLOW_WINDOWS_BEFORE + 1];

	/* Half of them 3, half of them -1: mean 1, deviation 2. */
	for (int n = 0; n < FLOW_WINDOWS_BEFORE; n++)
		nets_e8[n] = n % 2 == 0 ? 3 * DECIMAL_ONE : -DECIMAL_ONE;
	nets_e8[FLOW_WINDOWS_BEFORE] = 4 * DECIMAL_ONE;
	assert_true(fabs(z_of(nets_e8) - 1.5) < 1e-12);
	nets_e8[FLOW_WINDOWS_BEFORE] = -2 * DECIMAL_ONE;
	assert_true(fabs(z_of(nets_e8) + 1.5) < 1e-12);
	/* Its own net is not among those that it is held against. */
	nets_e8[FLOW_WINDOWS_BEFORE] = 2001 * DECIMAL_ONE;
	assert_true(fabs(z_of(nets_e8) - 1000) < 1e-9);
}

static void
z_of_random_nets_equals_the_definition(void **state)
{
	unsigned chance = 3;

	for (int i = 0; i < 200; i++) {
		int64_t nets_e8[FLOW_WINDOWS_BEFORE + 1];
		long double mean = 0, squares = 0, expected;

		for (int n = 0; n <= FLOW_WINDOWS_BEFORE; n++)
			nets_e8[n] = (rand_r(&chance) - (RAND_MAX >> 1)) *
			    (INT64_C(1) << rand_r(&chance) % 20);
		for (int n = 0; n < FLOW_WINDOWS_BEFORE; n++)
			mean += (long double)nets_e8[n] / FLOW_WINDOWS_BEFORE;
		for (int n = 0; n < FLOW_WINDOWS_BEFORE; n++)
			squares += (nets_e8[n] - mean) * (nets_e8[n] - mean);
		expected = (nets_e8[FLOW_WINDOWS_BEFORE] - mean) /
		    sqrtl(squares / FLOW_WINDOWS_BEFORE);
		assert_true(fabs(z_of(nets_e8) - (double)expected) < 1e-10);
	}
}

/* As 0.1: sixty sixtieths of it do not add up to it. */
static void
windows_that_are_all_alike_have_no_z(void **state)
{
	static const int64_t alike_e8[] = {0, 1, 10000000, 33333333, -70000000, INT64_MAX};

	for (size_t i = 0; i < sizeof(alike_e8) / sizeof(alike_e8[0]); i++) {
		int64_t nets_e8[FLOW_WINDOWS_BEFORE + 1];

		for (int n = 0; n <= FLOW_WINDOWS_BEFORE; n++)
			nets_e8[n] = alike_e8[i];
		assert_true(isnan(z_of(nets_e8)));
		nets_e8[FLOW_WINDOWS_BEFORE] = 5;
		assert_true(isnan(z_of(nets_e8)));
	}
}

static void
z_needs_all_sixty_windows_and_quiet_ones_are_zero(void **state)
{
	flow_start(&flow, START_US);
	buy(START_US, 60 * DECIMAL_ONE);
	for (int64_t n = 0; n < FLOW_WINDOWS_BEFORE; n++)
		assert_true(isnan(pressure(n).z));
	/* One window of 60 and fifty-nine of 0: mean 1, deviation sqrt(59). */
	buy(START_US + FLOW_WINDOWS_BEFORE * WINDOW_US, DECIMAL_ONE);
	assert_true(fabs(pressure(FLOW_WINDOWS_BEFORE).z) < 1e-12);
	assert_true(pressure(FLOW_WINDOWS_BEFORE).buy == 1);
	/* The next window is held against 59 of 0 and the one of 1: mean 1 / 60. */
	assert_true(fabs(pressure(FLOW_WINDOWS_BEFORE + 1).z + 1 / sqrt(59)) < 1e-12);
}

static void
the_order_in_which_trades_come_does_not_matter(void **state)
{
	struct flow_pressure forwards, backwards;

	for (int turn = 0; turn < 2; turn++) {
		flow_start(&flow, START_US);
		for (int i = 0; i < 6200; i++) {
			int at = turn == 0 ? i : 6199 - i;

			add(START_US + at * WINDOW_US / 100, 1 + at * INT64_C(7919) % 1000003,
			    at % 3 == 0 ? TICK_TRADE | TICK_SELL : TICK_TRADE, 0);
		}
		*(turn == 0 ? &forwards : &backwards) = pressure(61);
	}
	assert_memory_equal(&forwards, &backwards, sizeof(forwards));
	assert_false(isnan(forwards.z));
}

static void
a_window_whose_place_was_taken_is_undefined_and_its_late_trades_are_dropped(void **state)
{
	struct flow_pressure got;

	flow_start(&flow, START_US);
	for (int64_t n = 0; n < 2 * FLOW_WINDOWS_KEPT; n++)
		buy(START_US + n * WINDOW_US, (1 + n) * DECIMAL_ONE);
	buy(START_US + 5 * WINDOW_US, 1000 * DECIMAL_ONE);
	got = pressure(5);
	assert_true(is_undefined(&got));
	assert_true(pressure(5 + FLOW_WINDOWS_KEPT).buy == 6 + FLOW_WINDOWS_KEPT);
	/* The oldest one that is kept has its trades, but not all that it is held against. */
	assert_true(pressure(FLOW_WINDOWS_KEPT).buy == FLOW_WINDOWS_KEPT + 1);
	assert_true(isnan(pressure(FLOW_WINDOWS_KEPT + FLOW_WINDOWS_BEFORE - 1).z));
	assert_false(isnan(pressure(FLOW_WINDOWS_KEPT + FLOW_WINDOWS_BEFORE).z));
}

static void
a_late_trade_of_a_window_that_is_kept_counts(void **state)
{
	flow_start(&flow, START_US);
	buy(START_US + 20 * WINDOW_US, DECIMAL_ONE);
	sell(START_US, 3 * DECIMAL_ONE);
	assert_true(pressure(0).sell == 3);
}

static void
the_share_against_a_trade_is_the_other_side_s(void **state)
{
	struct flow_pressure got;

	flow_start(&flow, START_US);
	buy(START_US, DECIMAL_ONE);
	sell(START_US, 3 * DECIMAL_ONE);
	got = pressure(0);
	assert_true(flow_share_against(&got, 1) == 0.75);
	assert_true(flow_share_against(&got, -1) == 0.25);
	got.buy_share = NAN;
	assert_true(isnan(flow_share_against(&got, 1)) && isnan(flow_share_against(&got, -1)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_holds_its_start_and_not_its_end),
		cmocka_unit_test(windows_lie_on_the_same_grid_before_1970),
		cmocka_unit_test(a_window_that_was_not_read_from_its_start_is_undefined),
		cmocka_unit_test(quotes_and_ticks_without_volume_do_not_count),
		cmocka_unit_test(a_symbol_of_quotes_has_no_flow_rather_than_one_of_zero),
		cmocka_unit_test(a_quiet_window_among_others_has_volumes_of_zero_and_no_share),
		cmocka_unit_test(trades_inside_aggregates_are_counted),
		cmocka_unit_test(sums_beyond_the_range_of_one_volume_are_exact),
		cmocka_unit_test(z_is_the_distance_from_the_mean_of_sixty_windows_in_their_deviations),
		cmocka_unit_test(z_of_random_nets_equals_the_definition),
		cmocka_unit_test(windows_that_are_all_alike_have_no_z),
		cmocka_unit_test(z_needs_all_sixty_windows_and_quiet_ones_are_zero),
		cmocka_unit_test(the_order_in_which_trades_come_does_not_matter),
		cmocka_unit_test(a_window_whose_place_was_taken_is_undefined_and_its_late_trades_are_dropped),
		cmocka_unit_test(a_late_trade_of_a_window_that_is_kept_counts),
		cmocka_unit_test(the_share_against_a_trade_is_the_other_side_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
