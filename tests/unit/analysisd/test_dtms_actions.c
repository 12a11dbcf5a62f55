#include "analysisd/dtms/actions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/unit/analysisd/dtms_views.h"

static struct dtms_view view; /* as it is for a BUY */
static struct dtms_trade trade;
static struct dtms_action_plan plan;

static int
start(void **state)
{
	view = view_at(VIEWS_NOW_US);
	trade = trade_new(TRADE_BUY); /* entry 100, stop 90, 1.00 lots */
	return 0;
}

/* The trade and the market upside down. */
static void
turn(void)
{
	int64_t *const prices[] = {&trade.entry_e8, &trade.stop_loss_e8,
		&trade.initial_stop_loss_e8};

	view = view_mirror(&view);
	trade.direction = trade.direction == TRADE_BUY ? TRADE_SELL : TRADE_BUY;
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
		if (*prices[i] != TICK_NONE)
			*prices[i] = VIEWS_E8(2 * VIEWS_CENTRE) - *prices[i];
}

static const char *
plan_of(enum dtms_action action)
{
	dtms_action_plan(&plan, action, &trade, &view);
	assert_int_equal(plan.action, action);
	assert_int_equal(plan.skipped, plan.error[0] != '\0');
	if (plan.skipped)
		assert_string_equal(plan.parameters.text, "{}");
	return plan.skipped ? plan.error : plan.parameters.text;
}

static void
set_price(double bid, double ask)
{
	view.bid_e8 = VIEWS_E8(bid);
	view.ask_e8 = VIEWS_E8(ask);
}

/* ---- tighten_sl ---- */

static void
a_stop_is_tightened_to_three_tenths_of_the_risk_behind_the_price(void **state)
{
	set_price(98, 98.5);
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL), "{\"stop_loss\":\"95\","
	    "\"previous_stop_loss\":\"90\",\"r\":\"10\",\"r_from\":\"initial_stop_loss\"}");
	turn();
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL), "{\"stop_loss\":\"105\","
	    "\"previous_stop_loss\":\"110\",\"r\":\"10\",\"r_from\":\"initial_stop_loss\"}");
}

static void
without_an_initial_stop_the_risk_is_the_atr_and_the_row_says_so(void **state)
{
	trade.stop_loss_e8 = TICK_NONE;
	trade.initial_stop_loss_e8 = TICK_NONE;
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL), "{\"stop_loss\":\"99.4\","
	    "\"previous_stop_loss\":null,\"r\":\"2\",\"r_from\":\"atr\"}");
	view.atr = NAN;
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL),
	    "R is not known: there is no initial stop loss and no ATR yet");
}

static void
a_stop_is_never_moved_away_from_the_price(void **state)
{
	trade.stop_loss_e8 = VIEWS_E8(97);
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL),
	    "a stop at 97 is not tighter than the present one at 97");
	trade.stop_loss_e8 = VIEWS_E8(96.99);
	assert_false((plan_of(ACTION_TIGHTEN_SL), plan.skipped));
	trade.stop_loss_e8 = VIEWS_E8(97.01);
	turn();
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL),
	    "a stop at 103 is not tighter than the present one at 102.99");
}

static void
a_stop_keeps_the_distance_that_the_venue_asks_for(void **state)
{
	view.stops_level_e8 = VIEWS_E8(3);
	assert_false((plan_of(ACTION_TIGHTEN_SL), plan.skipped));
	view.stops_level_e8 = VIEWS_E8(3.01);
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL),
	    "a stop at 97 is not below the price 100 by the stops level of 3.01");
	turn();
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL),
	    "a stop at 103 is not above the price 100 by the stops level of 3.01");
}

static void
a_stop_is_rounded_away_from_the_price(void **state)
{
	view.tick_size_e8 = VIEWS_E8(0.25);
	set_price(100.1, 100.3); /* 97.1 and, for the SELL, 99.9 + 3 */
	assert_non_null(strstr(plan_of(ACTION_TIGHTEN_SL), "\"stop_loss\":\"97\""));
	turn();
	assert_non_null(strstr(plan_of(ACTION_TIGHTEN_SL), "\"stop_loss\":\"103\""));
}

static void
without_a_price_no_stop_is_moved(void **state)
{
	view.bid_e8 = TICK_NONE;
	assert_string_equal(plan_of(ACTION_TIGHTEN_SL), "there is no price");
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN), "there is no price");
}

/* ---- move_sl_breakeven ---- */

static void
a_stop_goes_to_the_entry_where_the_price_is_beyond_it(void **state)
{
	set_price(101, 101.5);
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "{\"stop_loss\":\"100\",\"previous_stop_loss\":\"90\"}");
	turn();
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "{\"stop_loss\":\"100\",\"previous_stop_loss\":\"110\"}");
}

static void
no_stop_goes_to_an_entry_on_the_wrong_side_of_the_price(void **state)
{
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "a stop at 100 is not below the price 100");
	set_price(99, 99.5);
	turn();
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "a stop at 100 is not above the price 101");
	set_price(98, 99.5);
	view.stops_level_e8 = VIEWS_E8(0.51);
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "a stop at 100 is not above the price 99.5 by the stops level of 0.51");
	view.stops_level_e8 = VIEWS_E8(0.5);
	assert_false((plan_of(ACTION_MOVE_SL_BREAKEVEN), plan.skipped));
}

static void
a_stop_beyond_the_entry_stays_there(void **state)
{
	set_price(105, 105);
	trade.stop_loss_e8 = VIEWS_E8(100);
	assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN),
	    "a stop at 100 is not tighter than the present one at 100");
}

/* ---- volumes ---- */

static void
half_is_closed_rounded_down_to_the_lot_step(void **state)
{
	trade.current_volume_e8 = VIEWS_E8(0.07);
	assert_string_equal(plan_of(ACTION_PARTIAL_CLOSE),
	    "{\"ticket\":4711,\"volume\":\"0.03\",\"remaining_volume\":\"0.04\"}");
	view.volume_step_e8 = 0;
	assert_string_equal(plan_of(ACTION_PARTIAL_CLOSE),
	    "{\"ticket\":4711,\"volume\":\"0.035\",\"remaining_volume\":\"0.035\"}");
}

static void
less_than_the_minimum_lot_is_not_closed_and_never_everything(void **state)
{
	trade.current_volume_e8 = VIEWS_E8(0.01);
	assert_string_equal(plan_of(ACTION_PARTIAL_CLOSE),
	    "a volume of 0.005 cannot be traded: steps of 0.01, 0.01 at the least");
	trade.current_volume_e8 = VIEWS_E8(0.19);
	view.volume_min_e8 = VIEWS_E8(0.1);
	assert_string_equal(plan_of(ACTION_PARTIAL_CLOSE),
	    "a volume of 0.095 cannot be traded: steps of 0.01, 0.1 at the least");
	view.volume_min_e8 = 0;
	view.volume_step_e8 = 0;
	trade.current_volume_e8 = 1;
	assert_true((plan_of(ACTION_PARTIAL_CLOSE), plan.skipped));
}

static void
a_hedge_is_half_the_volume_the_other_way_with_its_stop_half_an_atr_off(void **state)
{
	set_price(99, 99.5);
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "{\"direction\":\"SELL\",\"volume\":\"0.5\",\"stop_loss\":\"100.5\",\"atr\":2}");
	turn();
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "{\"direction\":\"BUY\",\"volume\":\"0.5\",\"stop_loss\":\"99.5\",\"atr\":2}");
}

static void
a_hedge_is_skipped_where_it_cannot_be(void **state)
{
	view.stops_level_e8 = VIEWS_E8(1.5);
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "a stop at 101 is not above the price 100 by the stops level of 1.5");
	trade.current_volume_e8 = VIEWS_E8(0.01);
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "a volume of 0.005 cannot be traded: steps of 0.01, 0.01 at the least");
	view.ask_e8 = TICK_NONE;
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE), "there is no price");
	view.atr = NAN;
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "there is no ATR yet for the stop of the hedge");
	trade.hedge_ticket = 99;
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE), "a hedge is open already: 99");
	trade.netting = true;
	assert_string_equal(plan_of(ACTION_OPEN_HEDGE),
	    "a netting account holds one position a symbol: no hedge");
}

static void
half_of_what_was_closed_is_added_with_the_stop_of_the_trade(void **state)
{
	trade.closed_volume_e8 = VIEWS_E8(0.25);
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION),
	    "{\"direction\":\"BUY\",\"volume\":\"0.12\",\"stop_loss\":\"90\"}");
	turn();
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION),
	    "{\"direction\":\"SELL\",\"volume\":\"0.12\",\"stop_loss\":\"110\"}");
}

static void
nothing_is_added_without_a_closed_volume_or_without_a_stop_behind_the_price(void **state)
{
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION), "nothing was closed");
	trade.closed_volume_e8 = VIEWS_E8(0.01);
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION),
	    "a volume of 0.005 cannot be traded: steps of 0.01, 0.01 at the least");
	trade.closed_volume_e8 = VIEWS_E8(0.5);
	trade.stop_loss_e8 = VIEWS_E8(100);
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION),
	    "a stop at 100 is not below the price 100");
	trade.stop_loss_e8 = TICK_NONE;
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION),
	    "the trade has no stop loss to be added with");
}

/* ---- closing, timers ---- */

static void
a_hedge_is_closed_by_its_ticket(void **state)
{
	assert_string_equal(plan_of(ACTION_CLOSE_HEDGE), "no hedge is open");
	trade.hedge_ticket = 4712;
	trade.hedge_volume_e8 = VIEWS_E8(0.5);
	assert_string_equal(plan_of(ACTION_CLOSE_HEDGE), "{\"ticket\":4712,\"volume\":\"0.5\"}");
}

static void
all_is_closed_hedge_first(void **state)
{
	assert_string_equal(plan_of(ACTION_CLOSE_ALL), "{\"ticket\":4711,\"volume\":\"1\"}");
	trade.hedge_ticket = 4712;
	trade.hedge_volume_e8 = VIEWS_E8(0.5);
	view.bid_e8 = TICK_NONE;
	assert_string_equal(plan_of(ACTION_CLOSE_ALL), "{\"hedge_ticket\":4712,"
	    "\"hedge_volume\":\"0.5\",\"ticket\":4711,\"volume\":\"1\"}");
}

static void
timers_have_their_deadline(void **state)
{
	trade.flat_deadline_us = 17;
	trade.recovery_deadline_us = 18;
	assert_string_equal(plan_of(ACTION_START_FLAT_TIMER), "{\"deadline_us\":17}");
	assert_string_equal(plan_of(ACTION_START_RECOVERY_TIMER), "{\"deadline_us\":18}");
	assert_string_equal(plan_of(ACTION_STOP_FLAT_TIMER), "{}");
}

/* ---- ids ---- */

static void
an_id_says_account_ticket_change_time_and_type(void **state)
{
	char id[ACTION_ID_SIZE], token[ACTION_TOKEN_SIZE];

	dtms_action_id(id, &trade, DTMS_WARNING_L2, DTMS_HEDGED, 1783000800000000,
	    ACTION_OPEN_HEDGE);
	assert_string_equal(id, "demo/4711/WARNING_L2>HEDGED/1783000800000000/open_hedge");
	dtms_action_token(token, id);
	assert_int_equal(strlen(token), 19);
}

static void
a_token_is_the_fnv_of_its_id(void **state)
{
	char token[ACTION_TOKEN_SIZE];

	/* test vectors of FNV-1a, 64 bits (Fowler, Noll, Vo) */
	dtms_action_token(token, "");
	assert_string_equal(token, "tdmcbf29ce484222325");
	dtms_action_token(token, "a");
	assert_string_equal(token, "tdmaf63dc4c8601ec8c");
	dtms_action_token(token, "foobar");
	assert_string_equal(token, "tdm85944171f73967e8");
}

static void
the_longest_id_fits(void **state)
{
	char id[ACTION_ID_SIZE];

	memset(trade.account, 'a', sizeof(trade.account) - 1);
	trade.ticket = INT64_MIN + 1;
	dtms_action_id(id, &trade, DTMS_WARNING_L1, DTMS_WARNING_L2, INT64_MAX,
	    ACTION_START_RECOVERY_TIMER);
	assert_non_null(strstr(id, "/WARNING_L1>WARNING_L2/9223372036854775807/"
				   "start_recovery_timer"));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

/* ---- positions that were re-added ---- */

static void
re_add(int64_t ticket, double volume)
{
	trade.re_adds.tickets[trade.re_adds.count] = ticket;
	trade.re_adds.volumes_e8[trade.re_adds.count++] = VIEWS_E8(volume);
	trade.current_volume_e8 += VIEWS_E8(volume);
}

static void
what_was_re_added_is_closed_by_its_own_tickets_before_the_trade(void **state)
{
	char expected[256];

	re_add(71, 0.25);
	re_add(72, 0.5);
	trade.hedge_ticket = 70;
	trade.hedge_volume_e8 = VIEWS_E8(0.4);
	snprintf(expected, sizeof(expected), "{\"hedge_ticket\":70,\"hedge_volume\":\"0.4\","
	    "\"re_adds\":[{\"ticket\":71,\"volume\":\"0.25\"},{\"ticket\":72,\"volume\":\"0.5\"}],"
	    "\"ticket\":%lld,\"volume\":\"1\"}", (long long)trade.ticket);
	assert_string_equal(plan_of(ACTION_CLOSE_ALL), expected);
}

static void
half_is_closed_of_what_the_trades_own_ticket_holds(void **state)
{
	re_add(71, 0.5);
	assert_non_null(strstr(plan_of(ACTION_PARTIAL_CLOSE),
	    "\"volume\":\"0.5\",\"remaining_volume\":\"0.5\""));
}

static void
nothing_is_re_added_beside_an_open_hedge(void **state)
{
	trade.closed_volume_e8 = VIEWS_E8(1);
	trade.hedge_ticket = 70;
	assert_string_equal(plan_of(ACTION_RE_ADD_POSITION), "its hedge is open still: 70");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_re_added_is_closed_by_its_own_tickets_before_the_trade),
		TEST(half_is_closed_of_what_the_trades_own_ticket_holds),
		TEST(nothing_is_re_added_beside_an_open_hedge),
		TEST(a_stop_is_tightened_to_three_tenths_of_the_risk_behind_the_price),
		TEST(without_an_initial_stop_the_risk_is_the_atr_and_the_row_says_so),
		TEST(a_stop_is_never_moved_away_from_the_price),
		TEST(a_stop_keeps_the_distance_that_the_venue_asks_for),
		TEST(a_stop_is_rounded_away_from_the_price),
		TEST(without_a_price_no_stop_is_moved),
		TEST(a_stop_goes_to_the_entry_where_the_price_is_beyond_it),
		TEST(no_stop_goes_to_an_entry_on_the_wrong_side_of_the_price),
		TEST(a_stop_beyond_the_entry_stays_there),
		TEST(half_is_closed_rounded_down_to_the_lot_step),
		TEST(less_than_the_minimum_lot_is_not_closed_and_never_everything),
		TEST(a_hedge_is_half_the_volume_the_other_way_with_its_stop_half_an_atr_off),
		TEST(a_hedge_is_skipped_where_it_cannot_be),
		TEST(half_of_what_was_closed_is_added_with_the_stop_of_the_trade),
		TEST(nothing_is_added_without_a_closed_volume_or_without_a_stop_behind_the_price),
		TEST(a_hedge_is_closed_by_its_ticket),
		TEST(all_is_closed_hedge_first),
		TEST(timers_have_their_deadline),
		TEST(an_id_says_account_ticket_change_time_and_type),
		TEST(a_token_is_the_fnv_of_its_id),
		TEST(the_longest_id_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
