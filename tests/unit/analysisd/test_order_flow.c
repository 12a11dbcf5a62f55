#include "analysisd/analyses/order_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "tests/unit/analysisd/tick_analysis.h"

#define SLOT_US (DAY_US + 2 * CANDLE_M5_US) /* the slot that is looked at */
#define END_US (SLOT_US + CANDLE_M5_US)
#define SECOND CLOCK_SECOND_US

static struct tick_analysis t;

static int
set_up(void **state)
{
	tick_analysis_start(&t, DAY_US - CLOCK_DAY_US);
	return 0;
}

static int
finish(void **state)
{
	candle_ticks_finish(&t.ticks);
	return 0;
}

/* Bars up to the slot; ticks from an hour before it on will be given. */
static void
begin_slot(int bars)
{
	tick_analysis_push_until(&t, SLOT_US, bars);
	tick_analysis_start_slot(&t, SLOT_US);
	flow_start(&t.flow, SLOT_US - 3600 * SECOND);
}

static void
trade(int64_t at_us, double volume, uint32_t flags)
{
	struct tick tick = tick_analysis_trade(SLOT_US + at_us, volume, flags);

	tick_analysis_add(&t, &tick);
}

static json_t *
result_of(struct candle bar)
{
	tick_analysis_push(&t, bar);
	return tick_analysis_write(&t, "order_flow", NULL);
}

static json_t *
result(void)
{
	return result_of(tick_analysis_bar(SLOT_US));
}

static void
who_bought_and_who_sold_is_summed(void **state)
{
	json_t *object;

	begin_slot(2);
	trade(1, 3, 0);
	trade(2, 1.5, TICK_SELL);
	trade(3, 0.5, TICK_SELL);
	object = result();
	assert_word(object, "of", "ticks");
	assert_number(object, "buy", 3);
	assert_number(object, "sell", 2);
	assert_number(object, "delta", 1);
	assert_number(object, "delta_share", 0.2);
	assert_number(object, "ticks_per_second", 0.01);
	assert_number(object, "trades_ratio", 1);
	assert_number(object, "confidence.value", 1);
	json_decref(object);
}

static void
the_days_delta_is_that_of_its_candles(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	json_t *object;

	begin_slot(100);
	bar.taker_buy_volume = 5;
	object = result_of(bar);
	/* Two bars of the day bought 40 of 60, the third 5 of 60; what was yesterday is over. */
	assert_number(object, "day_delta", 20 + 20 - 50);
	json_decref(object);
}

static void
where_ticks_are_not_stored_the_candle_says_who_bought(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	json_t *object;

	begin_slot(2);
	bar.origin = CANDLE_KLINES;
	bar.first_tick_id = bar.last_tick_id = TICK_NONE;
	bar.taker_buy_volume = 20.1;
	object = result_of(bar);
	assert_word(object, "of", "candle");
	assert_number(object, "buy", 20.1);
	assert_true(json_number_value(json_object_get(object, "sell")) == 39.9);
	assert_number(object, "delta", -19.8);
	assert_number(object, "delta_share", -0.33);
	assert_null_member(object, "pressure_30s.buy_share");
	assert_null_member(object, "pressure_30s.z_max");
	assert_null_member(object, "large");
	assert_null_member(object, "ticks_per_second");
	assert_null_member(object, "spread_percent.mean");
	assert_number(object, "confidence.value", 0.5);
	json_decref(object);
}

static void
a_candle_that_lacks_trades_halves_the_confidence(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	json_t *object;

	begin_slot(2);
	bar.complete = false;
	object = result_of(bar);
	assert_number(object, "confidence.value", 0.25);
	json_decref(object);
}

static void
quotes_and_a_terminals_bars_have_no_order_flow(void **state)
{
	struct candle of_bids = tick_analysis_bar(SLOT_US), of_bars = of_bids;
	struct tick quote = tick_analysis_trade(SLOT_US, 0, 0);

	begin_slot(2);
	of_bids.first_tick_id = of_bids.last_tick_id = TICK_NONE;
	quote.flags = TICK_QUOTE;
	quote.price_e8 = quote.volume_e8 = TICK_NONE;
	tick_analysis_add(&t, &quote);
	tick_analysis_push(&t, of_bids);
	assert_false(tick_analysis_applies(&t, "order_flow", NULL));
	of_bars.open_time_us += CANDLE_M5_US;
	of_bars.origin = CANDLE_BARS;
	tick_analysis_push(&t, of_bars);
	assert_false(tick_analysis_applies(&t, "order_flow", NULL));
}

static void
trades_of_a_venue_without_ids_have_order_flow_but_no_delta_of_the_day(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US - CANDLE_M5_US);
	json_t *object;

	bar.first_tick_id = bar.last_tick_id = TICK_NONE;
	tick_analysis_push(&t, bar);
	tick_analysis_start_slot(&t, SLOT_US);
	flow_start(&t.flow, SLOT_US);
	trade(1, 3, TICK_SELL);
	bar.open_time_us = SLOT_US;
	tick_analysis_push(&t, bar);
	assert_true(tick_analysis_applies(&t, "order_flow", NULL));
	object = tick_analysis_write(&t, "order_flow", NULL);
	assert_number(object, "sell", 3);
	assert_number(object, "delta_share", -1);
	assert_null_member(object, "day_delta");
	assert_null_member(object, "large");
	json_decref(object);
}

static void
large_trades_are_those_of_ten_mean_trades(void **state)
{
	json_t *object;

	begin_slot(2); /* 60 units in 600 trades: a mean of 0.1 */
	trade(1, 1, 0);
	trade(2, 1.00000001, 0);
	trade(3, 2, TICK_SELL);
	trade(4, 3, TICK_SELL);
	object = result();
	assert_number(object, "large.above", 1);
	assert_number(object, "large.buys", 1);
	assert_number(object, "large.sells", 2);
	assert_true(json_number_value(schema_check_member(object, "large.buy")) == 1.00000001);
	assert_number(object, "large.sell", 5);
	json_decref(object);
}

static void
without_bars_before_it_nothing_is_large_nor_fast(void **state)
{
	json_t *object;

	begin_slot(0);
	trade(1, 1000, 0);
	object = result();
	assert_null_member(object, "large");
	assert_null_member(object, "trades_ratio");
	json_decref(object);
}

static void
trades_inside_aggregates_count_to_the_rate(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	struct tick aggregate = tick_analysis_trade(SLOT_US, 2, 0);
	json_t *object;

	begin_slot(2);
	aggregate.trade_count = 900;
	tick_analysis_add(&t, &aggregate);
	bar.trades = 900;
	object = result_of(bar);
	assert_number(object, "trades_ratio", 1.5);
	assert_number(object, "ticks_per_second", 1.0 / 300);
	json_decref(object);
}

static void
pressure_is_that_of_the_last_30_s_and_its_extremes(void **state)
{
	json_t *object;

	begin_slot(2);
	/* Window n of the ten: n + 1 bought, 9 - n sold; the last: nothing but what was bought. */
	for (int n = 0; n < 10; n++) {
		trade(n * FLOW_WINDOW_US, n + 1, 0);
		trade((n + 1) * FLOW_WINDOW_US - 1, 9 - n, TICK_SELL);
	}
	object = result();
	assert_number(object, "pressure_30s.buy_share", 1);
	assert_number(object, "pressure_30s.buy_share_min", 0.1);
	assert_number(object, "pressure_30s.buy_share_max", 1);
	json_decref(object);
}

/* How unusual a net volume is against the 60 before it, straight from its definition. */
static double
z_of(const double *nets, int at)
{
	double mean = 0, squares = 0;

	for (int i = at - 60; i < at; i++)
		mean += nets[i] / 60;
	for (int i = at - 60; i < at; i++)
		squares += pow(nets[i] - mean, 2) / 60;
	return (nets[at] - mean) / sqrt(squares);
}

static void
pressure_is_held_against_the_sixty_windows_before_each(void **state)
{
	double nets[80], smallest = INFINITY, largest = -INFINITY;
	unsigned seed = 6;
	json_t *object;

	begin_slot(2);
	flow_start(&t.flow, END_US - 80 * FLOW_WINDOW_US);
	for (int i = 0; i < 80; i++) {
		int64_t time_us = END_US - (80 - i) * FLOW_WINDOW_US;
		int volume = 1 + rand_r(&seed) % 100;
		struct tick tick = tick_analysis_trade(time_us, volume,
		    rand_r(&seed) % 2 == 0 ? TICK_SELL : 0);

		nets[i] = (tick.flags & TICK_SELL) != 0 ? -volume : volume;
		flow_add(&t.flow, &tick);
		if (i >= 70)
			assert_int_equal(candle_ticks_add(&t.ticks, &tick), 0);
	}
	for (int i = 70; i < 80; i++) {
		smallest = fmin(smallest, z_of(nets, i));
		largest = fmax(largest, z_of(nets, i));
	}
	object = result();
	assert_number(object, "pressure_30s.z", z_of(nets, 79));
	assert_number(object, "pressure_30s.z_min", smallest);
	assert_number(object, "pressure_30s.z_max", largest);
	json_decref(object);
}

static void
spreads_are_in_per_cent_of_the_close(void **state)
{
	json_t *object;

	begin_slot(2);
	for (int i = 1; i <= 4; i++) {
		struct tick tick = tick_analysis_trade(SLOT_US + i, 1, 0);

		tick.ask_e8 = tick.bid_e8 + (i == 4 ? 10 : i) * E8;
		tick_analysis_add(&t, &tick);
	}
	object = result(); /* spreads 1, 2, 3, 10 at a close of 200 */
	assert_number(object, "spread_percent.mean", 2);
	assert_number(object, "spread_percent.median", 1.25);
	assert_number(object, "spread_percent.min", 0.5);
	assert_number(object, "spread_percent.max", 5);
	json_decref(object);
}

/* A slot of a busy market, with figures as long as they get. */
static void
write_busy(bool backwards)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	struct tick all[3000];
	unsigned seed = 8;

	set_up(NULL);
	begin_slot(288);
	for (int i = 0; i < 3000; i++) {
		all[i] = tick_analysis_trade(SLOT_US + rand_r(&seed) % CANDLE_M5_US,
		    rand_r(&seed) % 1000000 / 99991.0 * (i % 50 == 0 ? 1000 : 1),
		    rand_r(&seed) % 2 == 0 ? TICK_SELL : 0);
		all[i].ask_e8 += rand_r(&seed) % 1000003;
	}
	for (int i = 0; i < 3000; i++)
		tick_analysis_add(&t, &all[backwards ? 2999 - i : i]);
	for (int i = 1; i <= 70; i++) {
		struct tick before = tick_analysis_trade(SLOT_US - i * FLOW_WINDOW_US, i * 1.37, 0);

		flow_add(&t.flow, &before);
	}
	bar.volume = 34567.12345678;
	bar.taker_buy_volume = 17654.87654321;
	bar.trades = 34567;
	json_decref(result_of(bar));
}

static void
the_same_trades_in_any_order_give_the_same_bytes(void **state)
{
	static char first[JSON_TEXT_SIZE];

	write_busy(false);
	memcpy(first, t.json.text, t.json.length + 1);
	write_busy(true);
	assert_string_equal(first, t.json.text);
	assert_null(strstr(first, "\"z\":null"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_bought_and_who_sold_is_summed),
		TEST(the_days_delta_is_that_of_its_candles),
		TEST(where_ticks_are_not_stored_the_candle_says_who_bought),
		TEST(a_candle_that_lacks_trades_halves_the_confidence),
		TEST(quotes_and_a_terminals_bars_have_no_order_flow),
		TEST(trades_of_a_venue_without_ids_have_order_flow_but_no_delta_of_the_day),
		TEST(large_trades_are_those_of_ten_mean_trades),
		TEST(without_bars_before_it_nothing_is_large_nor_fast),
		TEST(trades_inside_aggregates_count_to_the_rate),
		TEST(pressure_is_that_of_the_last_30_s_and_its_extremes),
		TEST(pressure_is_held_against_the_sixty_windows_before_each),
		TEST(spreads_are_in_per_cent_of_the_close),
		TEST(the_same_trades_in_any_order_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
