#include "analysisd/day_bars.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "common/clock.h"
#include "common/tick.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US)

static struct frame_state frame;

static int
set_up(void **state)
{
	frame_state_start(&frame, TIMEFRAME_M5);
	return 0;
}

/* A bar of trades with ids: half was bought, unless the test says otherwise. */
static struct candle
bar(int64_t open_us, double volume, int64_t trades)
{
	return (struct candle){
		.open_time_us = open_us,
		.volume = volume,
		.taker_buy_volume = volume / 2,
		.trades = trades,
		.first_tick_id = 1,
		.last_tick_id = trades,
		.origin = CANDLE_TICKS,
	};
}

static void
push(struct candle candle)
{
	frame_state_push(&frame, &candle);
}

static void
without_bars_nothing_is_usual(void **state)
{
	struct day_bars day = day_bars_before(&frame, DAY_US);

	assert_int_equal(day.bars, 0);
	assert_true(isnan(day_bars_mean_trades(&day)));
	assert_int_equal(day_bars_large_above(&day), TICK_NONE);
	assert_true(isnan(day_bars_delta(&frame).delta));
}

static void
the_slots_own_bar_is_not_among_those_before_it(void **state)
{
	struct day_bars day;

	push(bar(DAY_US, 4, 2));
	push(bar(DAY_US + CANDLE_M5_US, 1000, 1000));
	day = day_bars_before(&frame, DAY_US + CANDLE_M5_US);
	assert_int_equal(day.bars, 1);
	assert_int_equal(day.trades, 2);
	/* Before it is pushed, as while its ticks are read, the same. */
	set_up(NULL);
	push(bar(DAY_US, 4, 2));
	assert_int_equal(day_bars_before(&frame, DAY_US + CANDLE_M5_US).trades, 2);
}

static void
no_more_than_288_bars_count(void **state)
{
	struct day_bars day;

	for (int i = 0; i < 400; i++)
		push(bar(DAY_US - CLOCK_DAY_US + i * CANDLE_M5_US, 1, i < 112 ? 1000000 : 3));
	day = day_bars_before(&frame, DAY_US - CLOCK_DAY_US + 400 * CANDLE_M5_US);
	assert_int_equal(day.bars, 288);
	assert_true(day_bars_mean_trades(&day) == 3);
}

static void
bars_from_before_the_day_before_do_not_count(void **state)
{
	push(bar(DAY_US - CLOCK_DAY_US - CANDLE_M5_US, 1, 1000));
	push(bar(DAY_US - CLOCK_DAY_US, 1, 5));
	push(bar(DAY_US, 1, 7));
	assert_int_equal(day_bars_before(&frame, DAY_US + CANDLE_M5_US).trades, 12);
}

static void
a_large_trade_is_of_more_than_ten_mean_trades(void **state)
{
	struct day_bars day;

	/* 7 units in 3 trades: 10 x 7 / 3 = 23.333333333..., of which 23.33333333 is kept. */
	push(bar(DAY_US, 4.5, 2));
	push(bar(DAY_US + CANDLE_M5_US, 2.5, 1));
	day = day_bars_before(&frame, DAY_US + 2 * CANDLE_M5_US);
	assert_int_equal(day_bars_large_above(&day), INT64_C(2333333333));
}

static void
a_mean_trade_beyond_an_int64_makes_none_large(void **state)
{
	struct day_bars day;

	push(bar(DAY_US, 1e11, 1));
	day = day_bars_before(&frame, DAY_US + CANDLE_M5_US);
	assert_int_equal(day_bars_large_above(&day), INT64_MAX);
}

static void
bars_that_do_not_say_who_traded_have_no_size_of_a_trade(void **state)
{
	struct candle of_bids = bar(DAY_US, 100, 10), of_bars = bar(DAY_US + CANDLE_M5_US, 100, 10);
	struct candle of_klines = bar(DAY_US + 2 * CANDLE_M5_US, 2, 2);
	struct day_bars day;

	of_bids.first_tick_id = of_bids.last_tick_id = TICK_NONE;
	of_bars.origin = CANDLE_BARS;
	of_klines.origin = CANDLE_KLINES;
	of_klines.first_tick_id = of_klines.last_tick_id = TICK_NONE;
	push(of_bids);
	push(of_bars);
	day = day_bars_before(&frame, DAY_US + 2 * CANDLE_M5_US);
	assert_int_equal(day.bars, 2);
	assert_int_equal(day_bars_large_above(&day), TICK_NONE);
	assert_true(isnan(day_bars_delta(&frame).delta));
	push(of_klines);
	day = day_bars_before(&frame, DAY_US + 3 * CANDLE_M5_US);
	assert_int_equal(day_bars_large_above(&day), 10 * DECIMAL_ONE);
	assert_true(day_bars_mean_trades(&day) == 22.0 / 3);
	assert_int_equal(day_bars_delta(&frame).bars, 1);
}

static void
delta_is_of_the_day_alone_and_exact(void **state)
{
	struct candle candle = bar(DAY_US - CANDLE_M5_US, 1000, 5);

	candle.taker_buy_volume = 0;
	push(candle);
	for (int i = 0; i < 10; i++) {
		candle = bar(DAY_US + i * CANDLE_M5_US, 0.3, 1);
		candle.taker_buy_volume = 0.2;
		push(candle);
	}
	/* 10 x (2 x 0.2 - 0.3), to the last bit. */
	assert_true(day_bars_delta(&frame).delta == 1.0);
	assert_int_equal(day_bars_delta(&frame).bars, 10);
}

static void
volumes_beyond_an_int64_are_summed(void **state)
{
	struct candle candle;

	for (int i = 0; i < 4; i++) {
		candle = bar(DAY_US + i * CANDLE_M5_US, 4e12, 1);
		candle.taker_buy_volume = 1e12;
		push(candle);
	}
	assert_true(day_bars_delta(&frame).delta == -8e12);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_bars_nothing_is_usual),
		TEST(the_slots_own_bar_is_not_among_those_before_it),
		TEST(no_more_than_288_bars_count),
		TEST(bars_from_before_the_day_before_do_not_count),
		TEST(a_large_trade_is_of_more_than_ten_mean_trades),
		TEST(a_mean_trade_beyond_an_int64_makes_none_large),
		TEST(bars_that_do_not_say_who_traded_have_no_size_of_a_trade),
		TEST(delta_is_of_the_day_alone_and_exact),
		TEST(volumes_beyond_an_int64_are_summed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
