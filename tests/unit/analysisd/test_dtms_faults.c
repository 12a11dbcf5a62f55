/*
 * The faults of the predecessor (dtms.md, last section), one test a line, as far as they are
 * decided without a database.  Others belong to those who store and send: an action logged as done
 * that failed, state lost at restart, two engines for one trade.
 */
#include "analysisd/dtms/actions.h"
#include "analysisd/dtms/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "analysisd/flow.h"
#include "analysisd/frame_state.h"
#include "analysisd/structure.h"
#include "tests/unit/analysisd/dtms_views.h"

static struct dtms_action_plan plan;

static const char *
plan_of(enum dtms_action action, const struct dtms_trade *trade, const struct dtms_view *view)
{
	dtms_action_plan(&plan, action, trade, view);
	return plan.parameters.text;
}

/* ---- timers never started; a flat timer nobody reads ---- */

/* Checks the trade when it is due in a market where nothing happens, until its state is left. */
static int64_t
wait_in_state(struct dtms_trade *trade, int64_t from_us)
{
	enum dtms_state state = trade->state;

	for (int64_t now_us = from_us; now_us < from_us + VIEWS_SECONDS(86400);
	     now_us += DTMS_GRID_US) {
		struct dtms_view view = view_at(now_us);

		if (dtms_check_due(trade, now_us))
			dtms_check(trade, &view, false, true);
		if (trade->state != state)
			return now_us - from_us;
	}
	return TICK_NONE;
}

static void
a_hedge_starts_its_timer_and_the_trade_is_closed_when_it_is_over(void **state)
{
	struct dtms_view view = view_scored(VIEWS_NOW_US, -6);
	struct dtms_trade trade = trade_in(DTMS_WARNING_L2, TRADE_BUY);

	dtms_check(&trade, &view, false, true);
	assert_int_equal(trade.state, DTMS_HEDGED);
	assert_int_equal(wait_in_state(&trade, VIEWS_NOW_US), VIEWS_SECONDS(4500));
	assert_int_equal(trade.state, DTMS_CLOSING);
}

static void
a_recovery_starts_its_timer_and_is_judged_when_it_is_over(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);
	struct dtms_trade trade = trade_in(DTMS_HEDGED, TRADE_SELL);

	view.structure.bos_down = true;
	dtms_check(&trade, &view, false, true);
	assert_int_equal(trade.state, DTMS_RECOVERING);
	assert_int_equal(wait_in_state(&trade, VIEWS_NOW_US), VIEWS_SECONDS(1800));
	assert_int_equal(trade.state, DTMS_CLOSING);
}

/* ---- hedge tickets never stored ---- */

static void
a_hedge_that_is_known_is_closed_by_its_ticket_and_never_doubled(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);
	struct dtms_trade trade = trade_in(DTMS_HEDGED, TRADE_BUY);

	view.structure.bos_up = true;
	dtms_check(&trade, &view, false, true);
	assert_string_equal(plan_of(ACTION_CLOSE_HEDGE, &trade, &view),
	    "{\"ticket\":4712,\"volume\":\"0.5\"}");
	assert_non_null(strstr(plan_of(ACTION_CLOSE_ALL, &trade, &view), "\"hedge_ticket\":4712"));
	plan_of(ACTION_OPEN_HEDGE, &trade, &view);
	assert_true(plan.skipped);
}

/* ---- structure windows that include the current bar ---- */

static void
a_bar_that_breaks_out_is_a_break_and_the_score_is_not_zero(void **state)
{
	static struct frame_state frame;
	struct dtms_trade trade = trade_new(TRADE_BUY);
	struct dtms_view view = view_at(VIEWS_NOW_US);
	struct candle bar = {.open_e8 = VIEWS_E8(100), .high_e8 = VIEWS_E8(101),
		.low_e8 = VIEWS_E8(99), .close_e8 = VIEWS_E8(100)};

	frame_state_start(&frame, TIMEFRAME_M15);
	frame_state_seed(&frame, 0);
	for (int i = 0; i < STRUCTURE_BARS_MIN; i++) {
		bar.open_time_us = i * VIEWS_SECONDS(900);
		if (i == STRUCTURE_CHOCH_BARS) { /* closes at its own high */
			bar.high_e8 = VIEWS_E8(101.1);
			bar.close_e8 = VIEWS_E8(101.1);
		}
		frame_state_push(&frame, &bar);
	}
	view.structure = structure_measure(&frame);
	assert_true(dtms_score_measure(&trade, &view).total == 9);
	trade.direction = TRADE_SELL;
	assert_true(dtms_score_measure(&trade, &view).total == -9);
}

/* ---- regime names that never match their table ---- */

static void
a_regime_as_it_is_measured_changes_the_weights(void **state)
{
	struct regime calm = {SESSION_LONDON, regime_volatility(1), regime_structure(0.01)};
	struct regime range = {SESSION_LONDON, regime_volatility(1), regime_structure(0.003)};
	struct regime wild = {SESSION_LONDON, regime_volatility(1.5), regime_structure(0.01)};
	struct regime asian = {session_at(0), regime_volatility(1), regime_structure(0.01)};

	assert_true(dtms_signal_multiplier(SIGNAL_STRUCTURE, &calm) == 1);
	assert_true(dtms_signal_multiplier(SIGNAL_STRUCTURE, &range) == 0.7);
	assert_true(dtms_signal_multiplier(SIGNAL_STRUCTURE, &wild) == 1.2);
	assert_true(dtms_signal_multiplier(SIGNAL_STRUCTURE, &asian) == 0.8);
}

/* ---- SELL treated as BUY ---- */

static void
a_rise_that_helps_a_buy_closes_a_sell(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);
	struct dtms_trade buy = trade_in(DTMS_HEALTHY, TRADE_BUY);
	struct dtms_trade sell = trade_in(DTMS_HEALTHY, TRADE_SELL);

	view.structure.bos_up = true;
	view.structure.choch_up = true;
	dtms_check(&buy, &view, false, true);
	dtms_check(&sell, &view, false, true);
	assert_true(buy.score == 9 && sell.score == -18);
	assert_int_equal(buy.state, DTMS_HEALTHY);
	assert_int_equal(sell.state, DTMS_CLOSING);
}

/* ---- order flow never wired in ---- */

static void
trades_of_aggressive_sellers_reach_the_score(void **state)
{
	static struct flow flow;
	struct dtms_trade trade = trade_new(TRADE_BUY);
	struct dtms_view view = view_at(VIEWS_NOW_US);
	struct tick tick = {.flags = TICK_TRADE, .price_e8 = VIEWS_E8(100)};

	flow_start(&flow, VIEWS_NOW_US - 61 * FLOW_WINDOW_US);
	for (int i = 61; i > 0; i--) {
		tick.time_us = VIEWS_NOW_US - i * FLOW_WINDOW_US;
		tick.volume_e8 = VIEWS_E8(i % 2 + 1);
		tick.flags = TICK_TRADE | (i == 1 ? TICK_SELL : 0);
		flow_add(&flow, &tick);
	}
	view.flow = flow_pressure(&flow, VIEWS_NOW_US);
	assert_true(dtms_score_measure(&trade, &view).signals[SIGNAL_VWAP_VOLUME].raw == -1);
	assert_true(dtms_score_measure(&trade, &view).signals[SIGNAL_DELTA_PRESSURE].raw == -1);
	assert_true(dtms_score_measure(&trade, &view).volume_flip_against);
}

/* ---- a venue hiccup taken as "no positions" ---- */

static void
a_trade_ends_only_when_the_venue_says_so(void **state)
{
	const struct dtms_view nothing = {.bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE,
		.m5_end_us = TICK_NONE, .m15_end_us = TICK_NONE, .now_us = VIEWS_NOW_US};

	for (int i = 0; i < DTMS_CLOSED; i++) {
		struct dtms_trade trade = trade_in((enum dtms_state)i, TRADE_BUY);

		dtms_check(&trade, &nothing, false, true);
		assert_int_equal(trade.state, i);
		for (int day = 0; day < 2 * 2880; day++) {
			struct dtms_view view = view_at(VIEWS_NOW_US + day * DTMS_GRID_US);

			dtms_check(&trade, &view, false, true);
			assert_int_not_equal(trade.state, DTMS_CLOSED);
		}
	}
}

/* ---- SL moved to the wrong side ---- */

static void
a_stop_is_not_moved_to_the_entry_of_a_trade_that_loses(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct dtms_trade trade = trade_new(both_directions[i]);
		struct dtms_view view = view_at(VIEWS_NOW_US);

		view.bid_e8 = view.ask_e8 = VIEWS_E8(VIEWS_CENTRE - both_directions[i]);
		assert_string_equal(plan_of(ACTION_MOVE_SL_BREAKEVEN, &trade, &view), "{}");
		assert_true(plan.skipped);
	}
}

/* ---- half of the minimum lot ---- */

static void
the_minimum_lot_is_not_halved(void **state)
{
	struct dtms_trade trade = trade_new(TRADE_BUY);
	struct dtms_view view = view_at(VIEWS_NOW_US);

	trade.current_volume_e8 = view.volume_min_e8;
	trade.closed_volume_e8 = view.volume_min_e8;
	for (int i = 0; i < 3; i++) {
		static const enum dtms_action actions[] = {ACTION_PARTIAL_CLOSE, ACTION_OPEN_HEDGE,
			ACTION_RE_ADD_POSITION};

		assert_string_equal(plan_of(actions[i], &trade, &view), "{}");
		assert_true(plan.skipped);
	}
}

/* ---- state lost at restart: the trade is all there is ---- */

static void
decisions_depend_on_the_trade_and_the_market_alone(void **state)
{
	struct dtms_trade once = trade_new(TRADE_BUY), again = once, other = trade_new(TRADE_SELL);

	for (int i = 0; i < 2000; i++) {
		struct dtms_trade copy = again;
		struct dtms_view view = view_scored(VIEWS_NOW_US + i * DTMS_GRID_US,
		    i / 40 % 3 == 0 ? -4 : i / 40 % 3 == 1 ? -6 : 1);
		struct dtms_decision first = dtms_check(&once, &view, false, true), second;

		dtms_check(&other, &view, false, true);
		second = dtms_check(&copy, &view, false, true);
		again = copy;
		assert_ptr_equal(first.row, second.row);
		assert_string_equal(first.reason, second.reason);
		assert_int_equal(once.state, again.state);
		assert_int_equal(once.last_deep_us, again.last_deep_us);
	}
	assert_int_equal(once.state, DTMS_CLOSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hedge_starts_its_timer_and_the_trade_is_closed_when_it_is_over),
		cmocka_unit_test(a_recovery_starts_its_timer_and_is_judged_when_it_is_over),
		cmocka_unit_test(a_hedge_that_is_known_is_closed_by_its_ticket_and_never_doubled),
		cmocka_unit_test(a_bar_that_breaks_out_is_a_break_and_the_score_is_not_zero),
		cmocka_unit_test(a_regime_as_it_is_measured_changes_the_weights),
		cmocka_unit_test(a_rise_that_helps_a_buy_closes_a_sell),
		cmocka_unit_test(trades_of_aggressive_sellers_reach_the_score),
		cmocka_unit_test(a_trade_ends_only_when_the_venue_says_so),
		cmocka_unit_test(a_stop_is_not_moved_to_the_entry_of_a_trade_that_loses),
		cmocka_unit_test(the_minimum_lot_is_not_halved),
		cmocka_unit_test(decisions_depend_on_the_trade_and_the_market_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
