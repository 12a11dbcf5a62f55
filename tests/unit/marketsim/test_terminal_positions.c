#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/terminal_demo.h"
#include "marketsim/terminal_orders.h"

#define START_US INT64_C(1700000000000000)
#define INTERVAL_US (60 * CLOCK_SECOND_US)
#define HELD_US (DEMO_INTERVALS * INTERVAL_US)
#define EURUSD 0
#define BTCUSD 1

static struct market exchange;
static struct instrument instruments[INSTRUMENTS_MAX];
static struct terminal_market market;
static struct terminal_positions positions, others;
static struct terminal_orders orders;
static struct terminal_demo demo;

static int
begin(void **state)
{
	static const struct terminal_clock clock = { 7200 * CLOCK_SECOND_US, 0, 0 };
	struct terminal_symbol list[TERMINAL_SYMBOLS_MAX];
	struct problem problem;

	if (instruments_parse("BTCUSDT", instruments, &problem) != 1 ||
	    terminal_symbols_parse("EURUSD,BTCUSD", list, &problem) != 2)
		return -1;
	market_init(&exchange, 5, instruments, 1, 20, START_US, 10 * CLOCK_DAY_US);
	terminal_market_init(&market, list, 2, &clock, 4, 5, &exchange);
	terminal_positions_init(&positions, &market);
	terminal_orders_init(&orders, &positions);
	return 0;
}

/* The next tick of EURUSD, two points wide. */
static void
tick(int64_t second, int64_t bid_e8)
{
	struct terminal_tick next = {
		.time_us = START_US + second * CLOCK_SECOND_US,
		.bid_e8 = bid_e8,
		.ask_e8 = bid_e8 + 2000,
	};

	terminal_positions_tick(&positions, EURUSD, &next);
}

static int64_t
open_one(bool sell, int64_t stop_e8, int64_t take_e8)
{
	struct terminal_result result = terminal_order_open(&orders, EURUSD, sell,
	    DECIMAL_ONE / 10, stop_e8, take_e8, "", positions.current[EURUSD].time_us);

	assert_int_equal(result.retcode, RETCODE_DONE);
	return result.ticket;
}

static void
a_buy_opens_at_the_ask_and_is_stopped_by_the_bid(void **state)
{
	int64_t ticket;

	tick(0, 110000000);
	ticket = open_one(false, 109900000, 0);
	assert_int_equal(positions.open[0].price_open_e8, 110002000);
	tick(1, 109901000);
	assert_int_equal(positions.count, 1);
	tick(2, 109899000);
	assert_int_equal(positions.count, 0);
	assert_int_equal(positions.deals[0].ticket, ticket);
	assert_string_equal(positions.deals[0].reason, "sl");
	assert_int_equal(positions.deals[0].price_e8, 109899000);
	/* 0.1 lots of 100 000, 0.00103 lost on each. */
	assert_int_equal(positions.deals[0].profit_e8, -DECIMAL_ONE * 1030 / 100);
	assert_int_equal(positions.balance_e8, TERMINAL_BALANCE_E8 - DECIMAL_ONE * 1030 / 100);
}

static void
a_sell_opens_at_the_bid_and_is_taken_by_the_ask(void **state)
{
	tick(0, 110000000);
	open_one(true, 0, 109900000);
	tick(1, 109899000); /* the ask is still above */
	assert_int_equal(positions.count, 1);
	tick(2, 109898000);
	assert_int_equal(positions.count, 0);
	assert_string_equal(positions.deals[0].reason, "tp");
	assert_int_equal(positions.deals[0].profit_e8, DECIMAL_ONE * 10);
}

static void
equity_is_the_balance_and_what_is_open(void **state)
{
	tick(0, 110000000);
	open_one(false, 0, 0);
	/* It costs the spread at once: 0.1 x 100 000 x 0.00002. */
	assert_int_equal(terminal_positions_equity_e8(&positions),
	    TERMINAL_BALANCE_E8 - DECIMAL_ONE / 5);
}

static void
a_part_can_be_closed_and_the_ticket_goes_on(void **state)
{
	struct terminal_result result;
	int64_t ticket;

	tick(0, 110000000);
	ticket = open_one(false, 0, 0);
	result = terminal_order_close(&orders, ticket, DECIMAL_ONE * 4 / 100, "expert");
	assert_int_equal(result.retcode, RETCODE_DONE);
	assert_int_equal(result.price_e8, 110000000);
	assert_int_equal(positions.open[0].volume_e8, DECIMAL_ONE * 6 / 100);
	assert_int_equal(positions.deal_count, 0);
	result = terminal_order_close(&orders, ticket, DECIMAL_ONE * 7 / 100, "expert");
	assert_int_equal(result.retcode, RETCODE_INVALID_VOLUME);
	result = terminal_order_close(&orders, ticket, DECIMAL_ONE * 6 / 100, "expert");
	assert_int_equal(result.retcode, RETCODE_DONE);
	assert_int_equal(positions.count, 0);
	result = terminal_order_close(&orders, ticket, DECIMAL_ONE * 6 / 100, "expert");
	assert_int_equal(result.retcode, RETCODE_POSITION_CLOSED);
}

static void
a_stop_too_near_or_on_the_wrong_side_is_refused(void **state)
{
	struct terminal_result result;
	int64_t ticket;

	tick(0, 110000000);
	ticket = open_one(false, 0, 0);
	/* Ten points of 0.00001 are the least. */
	result = terminal_order_modify(&orders, ticket, 110000000 - 9 * 1000, 0);
	assert_int_equal(result.retcode, RETCODE_INVALID_STOPS);
	result = terminal_order_modify(&orders, ticket, 110000000 - 10 * 1000, 0);
	assert_int_equal(result.retcode, RETCODE_DONE);
	result = terminal_order_modify(&orders, ticket, 110000000 - 10 * 1000, 0);
	assert_int_equal(result.retcode, RETCODE_NO_CHANGES);
	result = terminal_order_modify(&orders, ticket, 110100000, 0);
	assert_int_equal(result.retcode, RETCODE_INVALID_STOPS);
	result = terminal_order_modify(&orders, ticket, 109900500, 0); /* half a point */
	assert_int_equal(result.retcode, RETCODE_INVALID_STOPS);
	result = terminal_order_modify(&orders, ticket, 0, 109900000);
	assert_int_equal(result.retcode, RETCODE_INVALID_STOPS);
	assert_int_equal(positions.open[0].stop_loss_e8, 110000000 - 10 * 1000);
}

static void
a_volume_off_the_step_or_without_a_price_is_refused(void **state)
{
	struct terminal_result result = terminal_order_open(&orders, EURUSD, false,
	    DECIMAL_ONE, 0, 0, "", START_US);

	assert_int_equal(result.retcode, RETCODE_NO_PRICE);
	tick(0, 110000000);
	for (int i = 0; i < 3; i++) {
		const int64_t wrong[] = { 0, DECIMAL_ONE / 1000 * 15, 51 * DECIMAL_ONE };

		result = terminal_order_open(&orders, EURUSD, false, wrong[i], 0, 0, "", START_US);
		assert_int_equal(result.retcode, RETCODE_INVALID_VOLUME);
	}
	assert_int_equal(positions.count, 0);
}

static struct terminal_result
act(const char *text, int64_t now_us)
{
	struct terminal_result result = { .retcode = -1 };
	json_t *action = json_loads(text, 0, NULL);

	assert_non_null(action);
	assert_true(terminal_orders_act(&orders, action, now_us, &result));
	json_decref(action);
	return result;
}

static void
an_action_is_carried_out_once_however_often_it_comes(void **state)
{
	static const char text[] =
	    "{\"action_id\":\"a\",\"token\":\"t\",\"symbol\":\"EURUSD\",\"ticket\":0,"
	    "\"expires\":1700007260,\"check\":false,\"orders\":[{\"do\":\"open\","
	    "\"direction\":\"buy\",\"volume\":\"0.10\",\"sl\":\"0\"}]}";
	struct terminal_result first, again;

	tick(0, 110000000);
	first = act(text, START_US);
	again = act(text, START_US + CLOCK_SECOND_US);
	assert_int_equal(first.retcode, RETCODE_DONE);
	assert_int_equal(again.ticket, first.ticket);
	assert_int_equal(positions.count, 1);
	assert_string_equal(positions.open[0].comment, "t");
	assert_int_equal(orders.carried_out, 1);
}

static void
an_action_past_its_time_by_the_brokers_clock_is_not_ordered(void **state)
{
	static const char text[] =
	    "{\"action_id\":\"a\",\"token\":\"t\",\"symbol\":\"EURUSD\","
	    "\"expires\":1700007260,\"orders\":[{\"do\":\"open\","
	    "\"direction\":\"buy\",\"volume\":\"0.10\",\"sl\":\"0\"}]}";

	tick(0, 110000000);
	/* 1700000000 is 1700007200 there. */
	assert_int_equal(act(text, START_US + 61 * CLOCK_SECOND_US).retcode, RETCODE_TOO_OLD);
	assert_int_equal(positions.count, 0);
	assert_int_equal(act(text, START_US + 60 * CLOCK_SECOND_US).retcode, RETCODE_DONE);
}

static void
a_check_never_orders(void **state)
{
	static const char text[] =
	    "{\"action_id\":\"a\",\"token\":\"t\",\"symbol\":\"EURUSD\",\"check\":true,"
	    "\"orders\":[{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.10\","
	    "\"sl\":\"0\"}]}";

	tick(0, 110000000);
	assert_int_equal(act(text, START_US).retcode, RETCODE_NEVER_ORDERED);
	assert_int_equal(positions.count, 0);
}

static void
the_first_order_that_fails_ends_the_action(void **state)
{
	static const char text[] =
	    "{\"action_id\":\"a\",\"token\":\"t\",\"symbol\":\"EURUSD\",\"orders\":["
	    "{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.10\",\"sl\":\"0\"},"
	    "{\"do\":\"close\",\"ticket\":1,\"volume\":\"0.10\"},"
	    "{\"do\":\"open\",\"direction\":\"buy\",\"volume\":\"0.10\",\"sl\":\"0\"}]}";

	tick(0, 110000000);
	assert_int_equal(act(text, START_US).retcode, RETCODE_POSITION_CLOSED);
	assert_int_equal(positions.count, 1);
	/* Something was ordered: it is not done again. */
	assert_int_equal(act(text, START_US).retcode, RETCODE_POSITION_CLOSED);
	assert_int_equal(positions.count, 1);
}

static void
an_action_without_a_token_is_none(void **state)
{
	struct terminal_result result;
	json_t *action = json_loads("{\"action_id\":\"a\",\"orders\":[]}", 0, NULL);

	assert_false(terminal_orders_act(&orders, action, START_US, &result));
	json_decref(action);
}

static void
what_the_demo_holds_is_the_same_after_a_restart(void **state)
{
	int64_t now_us = START_US + 2 * HELD_US;

	terminal_demo_init(&demo, &positions, INTERVAL_US, START_US);
	for (int64_t at_us = START_US; at_us <= now_us; at_us += 777 * CLOCK_MS_US)
		terminal_demo_advance(&demo, &positions, at_us);
	terminal_demo_advance(&demo, &positions, now_us);
	terminal_positions_init(&others, &market);
	terminal_demo_init(&demo, &others, INTERVAL_US, now_us);
	assert_true(others.count >= 2);
	assert_int_equal(positions.count, others.count);
	for (int i = 0; i < others.count; i++) {
		assert_int_equal(positions.open[i].ticket, others.open[i].ticket);
		assert_int_equal(positions.open[i].symbol, others.open[i].symbol);
		assert_int_equal(positions.open[i].stop_loss_e8, others.open[i].stop_loss_e8);
		assert_int_equal(positions.open[i].volume_e8, others.open[i].volume_e8);
	}
	assert_int_equal(others.balance_e8, TERMINAL_BALANCE_E8);
}

static void
what_became_of_a_demo_position_is_known_long_afterwards(void **state)
{
	int64_t now_us = START_US + 3 * HELD_US;
	struct terminal_deal deal;

	terminal_demo_init(&demo, &positions, INTERVAL_US, START_US);
	positions.deal_count = 0;
	terminal_demo_advance(&demo, &positions, now_us);
	assert_in_range(positions.deal_count, 30, TERMINAL_DEALS_MAX);
	for (int i = 0; i < positions.deal_count; i++) {
		const struct terminal_deal *seen = &positions.deals[i];

		assert_true(terminal_demo_fate(&demo, seen->ticket, now_us + HELD_US, &deal));
		assert_int_equal(deal.time_us, seen->time_us);
		assert_int_equal(deal.price_e8, seen->price_e8);
		assert_int_equal(deal.profit_e8, seen->profit_e8);
		assert_string_equal(deal.reason, seen->reason);
	}
	assert_false(terminal_demo_fate(&demo, positions.open[0].ticket, now_us, &deal));
	assert_false(terminal_demo_fate(&demo, positions.deals[0].ticket + 2, now_us, &deal));
	assert_false(terminal_demo_fate(&demo, positions.deals[0].ticket + 1, now_us, &deal));
	assert_false(terminal_demo_fate(&demo, -4, now_us, &deal));
}

static void
a_demo_position_has_both_stops_and_ends_in_time(void **state)
{
	terminal_demo_init(&demo, &positions, INTERVAL_US, START_US);
	for (int64_t at_us = START_US; at_us < START_US + 3 * HELD_US; at_us += 3 * INTERVAL_US) {
		terminal_demo_advance(&demo, &positions, at_us);
		assert_true(positions.count <= DEMO_INTERVALS + 2);
		for (int i = 0; i < positions.count; i++) {
			const struct terminal_position *open = &positions.open[i];
			int64_t sign = open->sell ? -1 : 1;

			assert_true(sign * (open->price_open_e8 - open->stop_loss_e8) > 0);
			assert_true(sign * (open->take_profit_e8 - open->price_open_e8) > 0);
			assert_true(at_us - open->opened_us < HELD_US + INTERVAL_US);
		}
	}
}

static void
without_an_interval_the_demo_only_looks(void **state)
{
	terminal_demo_init(&demo, &positions, 0, START_US);
	terminal_demo_advance(&demo, &positions, START_US + HELD_US);
	assert_int_equal(positions.count, 0);
	assert_true(positions.current[EURUSD].time_us > START_US + HELD_US - 10 * CLOCK_SECOND_US);
	assert_true(positions.current[BTCUSD].bid_e8 > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_buy_opens_at_the_ask_and_is_stopped_by_the_bid, begin),
		cmocka_unit_test_setup(a_sell_opens_at_the_bid_and_is_taken_by_the_ask, begin),
		cmocka_unit_test_setup(equity_is_the_balance_and_what_is_open, begin),
		cmocka_unit_test_setup(a_part_can_be_closed_and_the_ticket_goes_on, begin),
		cmocka_unit_test_setup(a_stop_too_near_or_on_the_wrong_side_is_refused, begin),
		cmocka_unit_test_setup(a_volume_off_the_step_or_without_a_price_is_refused, begin),
		cmocka_unit_test_setup(an_action_is_carried_out_once_however_often_it_comes, begin),
		cmocka_unit_test_setup(an_action_past_its_time_by_the_brokers_clock_is_not_ordered,
		    begin),
		cmocka_unit_test_setup(a_check_never_orders, begin),
		cmocka_unit_test_setup(the_first_order_that_fails_ends_the_action, begin),
		cmocka_unit_test_setup(an_action_without_a_token_is_none, begin),
		cmocka_unit_test_setup(what_the_demo_holds_is_the_same_after_a_restart, begin),
		cmocka_unit_test_setup(what_became_of_a_demo_position_is_known_long_afterwards,
		    begin),
		cmocka_unit_test_setup(a_demo_position_has_both_stops_and_ends_in_time, begin),
		cmocka_unit_test_setup(without_an_interval_the_demo_only_looks, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
