#include "analysisd/candle_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#define SLOT_US (INT64_C(1723161600) * CLOCK_SECOND_US) /* 2024-08-09 00:00 UTC */

static void
add(struct candle_ticks *ticks, int64_t bid_e8, int64_t ask_e8, uint32_t flags)
{
	const struct tick tick = {.bid_e8 = bid_e8, .ask_e8 = ask_e8, .flags = flags};

	assert_int_equal(candle_ticks_add(ticks, &tick), 0);
}

static void
no_tick_has_no_spread(void **state)
{
	struct candle_ticks ticks;
	struct spread_figures spread;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, TICK_NONE);
	spread = candle_ticks_spread(&ticks);
	assert_true(isnan(spread.mean) && isnan(spread.median));
	assert_true(isnan(spread.min) && isnan(spread.max));
	candle_ticks_finish(&ticks);
}

static void
ticks_without_bid_or_ask_are_counted_but_have_no_spread(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	add(&ticks, TICK_NONE, 100, TICK_TRADE);
	add(&ticks, 100, TICK_NONE, TICK_TRADE);
	add(&ticks, 100, 300, TICK_QUOTE);
	assert_int_equal(ticks.ticks, 3);
	assert_int_equal(ticks.trades, 2);
	assert_int_equal(ticks.spreads, 1);
	assert_true(candle_ticks_spread(&ticks).median == 200 / 1e8);
	candle_ticks_finish(&ticks);
}

static void
the_median_of_an_even_number_is_the_mean_of_the_middle_two(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	for (int64_t spread = 4; spread >= 1; spread--)
		add(&ticks, 0, spread * 100000000, TICK_TRADE);
	assert_true(candle_ticks_spread(&ticks).median == 2.5);
	candle_ticks_finish(&ticks);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
mean_and_median_equal_those_of_a_sorted_list(void **state)
{
	struct candle_ticks ticks;
	int spreads[3001];
	unsigned seed = 5;

	candle_ticks_init(&ticks);
	for (int round = 0; round < 20; round++) {
		int count = 1 + rand_r(&seed) % 3001, different = 1 + rand_r(&seed) % 2000;
		struct spread_figures figures;
		double sum = 0;

		candle_ticks_start(&ticks, TICK_NONE);
		for (int i = 0; i < count; i++) {
			spreads[i] = rand_r(&seed) % different;
			sum += spreads[i];
			add(&ticks, 1000, 1000 + spreads[i], TICK_TRADE);
		}
		qsort(spreads, (size_t)count, sizeof(spreads[0]), compare);
		figures = candle_ticks_spread(&ticks);
		assert_true(fabs(figures.mean - sum / count / 1e8) < 1e-20);
		assert_true(fabs(figures.median -
		    (spreads[(count - 1) / 2] + spreads[count / 2]) / 2e8) < 1e-20);
		assert_true(figures.min == spreads[0] / 1e8);
		assert_true(figures.max == spreads[count - 1] / 1e8);
	}
	candle_ticks_finish(&ticks);
}

static void
too_many_different_spreads_have_no_median_but_a_mean(void **state)
{
	struct candle_ticks ticks;
	int64_t count = CANDLE_TICKS_SPREADS_MAX + 1;

	candle_ticks_init(&ticks);
	for (int64_t i = 0; i < count; i++)
		add(&ticks, 0, i, TICK_TRADE);
	assert_true(isnan(candle_ticks_spread(&ticks).median));
	assert_true(fabs(candle_ticks_spread(&ticks).mean - (double)(count - 1) / 2e8) < 1e-18);
	candle_ticks_start(&ticks, TICK_NONE);
	add(&ticks, 0, 5, TICK_TRADE);
	assert_true(candle_ticks_spread(&ticks).median == 5e-8);
	candle_ticks_finish(&ticks);
}

/* A trade at so many microseconds of the slot. */
static struct tick
trade(int64_t at_us, int64_t volume_e8, uint32_t flags)
{
	return (struct tick){
		.time_us = SLOT_US + at_us,
		.price_e8 = 100,
		.volume_e8 = volume_e8,
		.bid_e8 = TICK_NONE,
		.ask_e8 = TICK_NONE,
		.flags = TICK_TRADE | flags,
	};
}

static void
add_tick(struct candle_ticks *ticks, struct tick tick)
{
	assert_int_equal(candle_ticks_add(ticks, &tick), 0);
}

static void
volumes_are_summed_exactly_beyond_an_int64(void **state)
{
	struct candle_ticks ticks;
	decimal_sum expected = 0;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, TICK_NONE);
	for (int i = 0; i < 1000; i++) {
		add_tick(&ticks, trade(i, INT64_MAX - i, 0));
		add_tick(&ticks, trade(i, INT64_MAX - 2 * i, TICK_SELL));
	}
	/* 1000 x (2^63 - 1) less 0 + 1 + ... + 999, and less twice that. */
	expected = ((decimal_sum)1 << 63) * 1000 - 1000;
	assert_true(ticks.sides.buy_e8 == expected - 499500);
	assert_true(ticks.sides.sell_e8 == expected - 999000);
	assert_int_equal(ticks.sides.buys, 1000);
	assert_int_equal(ticks.sides.sells, 1000);
	candle_ticks_finish(&ticks);
}

static void
only_a_trade_of_more_than_the_threshold_is_large(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, 500);
	add_tick(&ticks, trade(0, 500, 0));
	add_tick(&ticks, trade(0, 501, 0));
	add_tick(&ticks, trade(0, 499, TICK_SELL));
	add_tick(&ticks, trade(0, 700, TICK_SELL));
	add_tick(&ticks, trade(0, 800, TICK_SELL));
	assert_int_equal(ticks.large.buys, 1);
	assert_int_equal(ticks.large.sells, 2);
	assert_true(ticks.large.buy_e8 == 501 && ticks.large.sell_e8 == 1500);
	assert_true(ticks.sides.buy_e8 == 1001 && ticks.sides.sell_e8 == 1999);
	candle_ticks_finish(&ticks);
}

static void
without_a_threshold_no_trade_is_large(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, 1);
	candle_ticks_start(&ticks, TICK_NONE);
	add_tick(&ticks, trade(0, INT64_MAX, 0));
	assert_int_equal(ticks.large_above_e8, TICK_NONE);
	assert_int_equal(ticks.large.buys + ticks.large.sells, 0);
	candle_ticks_finish(&ticks);
}

static void
an_aggregate_is_one_stored_trade_and_many_inside(void **state)
{
	struct candle_ticks ticks;
	struct tick aggregate = trade(0, 5, 0);

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, TICK_NONE);
	aggregate.trade_count = 7;
	add_tick(&ticks, aggregate);
	add_tick(&ticks, trade(1, 5, 0));
	assert_int_equal(ticks.trades, 2);
	assert_int_equal(ticks.trades_inside, 8);
	assert_int_equal(ticks.sides.buys, 2);
	candle_ticks_finish(&ticks);
}

static void
a_quote_trades_nothing(void **state)
{
	struct candle_ticks ticks;
	struct tick quote = trade(0, TICK_NONE, 0);

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, 0);
	quote.flags = TICK_QUOTE;
	add_tick(&ticks, quote);
	assert_int_equal(ticks.ticks, 1);
	assert_int_equal(ticks.trades, 0);
	assert_int_equal(ticks.sides.buys + ticks.sides.sells + ticks.large.buys, 0);
	candle_ticks_finish(&ticks);
}

static void
what_was_fetched_afterwards_or_guessed_is_counted(void **state)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, TICK_NONE);
	add_tick(&ticks, trade(0, 5, 0));
	add_tick(&ticks, trade(0, 5, TICK_BACKFILLED));
	add_tick(&ticks, trade(0, 5, TICK_BACKFILLED | TICK_TIME_ESTIMATED));
	assert_int_equal(ticks.backfilled, 2);
	assert_int_equal(ticks.estimated, 1);
	candle_ticks_finish(&ticks);
}

static int64_t
silence_of(const int64_t *times_us, size_t count)
{
	struct candle_ticks ticks;
	int64_t silence_us;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, TICK_NONE);
	for (size_t i = 0; i < count; i++)
		add_tick(&ticks, trade(times_us[i], 1, 0));
	silence_us = candle_ticks_silence(&ticks);
	candle_ticks_finish(&ticks);
	return silence_us;
}

static void
silence_is_the_longest_time_without_a_tick_edges_too(void **state)
{
	const int64_t last = CANDLE_M5_US - 1;

	assert_int_equal(silence_of(NULL, 0), TICK_NONE);
	assert_int_equal(silence_of((int64_t[]){0}, 1), CANDLE_M5_US);
	assert_int_equal(silence_of((int64_t[]){last}, 1), last);
	assert_int_equal(silence_of((int64_t[]){100000000, 250000000}, 2), 150000000);
	assert_int_equal(silence_of((int64_t[]){200000001, 250000000}, 2), 200000001);
	assert_int_equal(silence_of((int64_t[]){last, 0}, 2), last);
	/* In one second and across its edge. */
	assert_int_equal(silence_of((int64_t[]){0, 150000000, 151999999, last}, 4), 150000000);
}

/* All figures of these ticks, added in this order. */
static struct candle_ticks
measure(const struct tick *all, size_t count, struct spread_figures *ret_spread)
{
	struct candle_ticks ticks;

	candle_ticks_init(&ticks);
	candle_ticks_start(&ticks, 500);
	for (size_t i = 0; i < count; i++)
		add_tick(&ticks, all[i]);
	*ret_spread = candle_ticks_spread(&ticks);
	free(ticks.table);
	ticks.table = NULL;
	return ticks;
}

static void
assert_same_sides(const struct candle_ticks_sides *a, const struct candle_ticks_sides *b)
{
	assert_true(a->buy_e8 == b->buy_e8 && a->sell_e8 == b->sell_e8);
	assert_int_equal(a->buys, b->buys);
	assert_int_equal(a->sells, b->sells);
}

static void
the_order_in_which_ticks_come_does_not_matter(void **state)
{
	struct tick all[400];
	struct candle_ticks first, again;
	struct spread_figures first_spread, spread;
	unsigned seed = 11;

	for (int i = 0; i < 400; i++) {
		all[i] = trade(rand_r(&seed) % CANDLE_M5_US, rand_r(&seed) % 1000,
		    rand_r(&seed) % 2 == 0 ? TICK_SELL : 0);
		all[i].trade_count = rand_r(&seed) % 3;
		all[i].bid_e8 = rand_r(&seed) % 3 == 0 ? TICK_NONE : rand_r(&seed) % 100;
		all[i].ask_e8 = 100 + rand_r(&seed) % 100;
	}
	first = measure(all, 400, &first_spread);
	for (int round = 0; round < 50; round++) {
		for (int i = 399; i > 0; i--) {
			int other = rand_r(&seed) % (i + 1);
			struct tick tick = all[i];

			all[i] = all[other];
			all[other] = tick;
		}
		again = measure(all, 400, &spread);
		assert_same_sides(&again.sides, &first.sides);
		assert_same_sides(&again.large, &first.large);
		assert_memory_equal(again.seconds, first.seconds, sizeof(first.seconds));
		assert_int_equal(again.trades_inside, first.trades_inside);
		assert_memory_equal(&spread, &first_spread, sizeof(spread));
		assert_int_equal(candle_ticks_silence(&again), candle_ticks_silence(&first));
	}
}

static int
compare_times(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
silence_equals_that_of_a_sorted_list(void **state)
{
	unsigned seed = 3;

	for (int round = 0; round < 200; round++) {
		int times[64], count = 1 + rand_r(&seed) % 64, longest;
		int64_t times_us[64];

		for (int i = 0; i < count; i++)
			times_us[i] = times[i] = rand_r(&seed) % (int)CANDLE_M5_US;
		qsort(times, (size_t)count, sizeof(times[0]), compare_times);
		longest = times[0];
		for (int i = 1; i < count; i++)
			if (times[i] - times[i - 1] > longest)
				longest = times[i] - times[i - 1];
		if ((int)CANDLE_M5_US - times[count - 1] > longest)
			longest = (int)CANDLE_M5_US - times[count - 1];
		assert_int_equal(silence_of(times_us, (size_t)count), longest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_tick_has_no_spread),
		cmocka_unit_test(ticks_without_bid_or_ask_are_counted_but_have_no_spread),
		cmocka_unit_test(the_median_of_an_even_number_is_the_mean_of_the_middle_two),
		cmocka_unit_test(mean_and_median_equal_those_of_a_sorted_list),
		cmocka_unit_test(too_many_different_spreads_have_no_median_but_a_mean),
		cmocka_unit_test(volumes_are_summed_exactly_beyond_an_int64),
		cmocka_unit_test(only_a_trade_of_more_than_the_threshold_is_large),
		cmocka_unit_test(without_a_threshold_no_trade_is_large),
		cmocka_unit_test(an_aggregate_is_one_stored_trade_and_many_inside),
		cmocka_unit_test(a_quote_trades_nothing),
		cmocka_unit_test(what_was_fetched_afterwards_or_guessed_is_counted),
		cmocka_unit_test(silence_is_the_longest_time_without_a_tick_edges_too),
		cmocka_unit_test(the_order_in_which_ticks_come_does_not_matter),
		cmocka_unit_test(silence_equals_that_of_a_sorted_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
