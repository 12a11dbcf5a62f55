#include "analysisd/dtms/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/unit/analysisd/dtms_views.h"

static struct dtms_trade trade;
static struct dtms_view view;

static int
start(void **state)
{
	view = view_at(VIEWS_NOW_US);
	trade = trade_in(DTMS_HEALTHY, TRADE_BUY);
	return 0;
}

static struct dtms_decision
check(void)
{
	return dtms_check(&trade, &view, false, true);
}

/* The cause of a check now; "" for none. */
static const char *
cause(void)
{
	struct dtms_decision decision = check();

	assert_int_equal(decision.deep, decision.cause != NULL);
	assert_true(decision.reason[0] != '\0');
	return decision.deep ? decision.cause : "";
}

/* ---- the grid ---- */

static void
a_trade_is_looked_at_each_thirty_seconds_and_each_minute_when_hedged(void **state)
{
	const int64_t minute_us = VIEWS_NOW_US, half_us = VIEWS_NOW_US + DTMS_GRID_US;

	assert_true(dtms_check_due(&trade, minute_us));
	assert_true(dtms_check_due(&trade, half_us));
	assert_false(dtms_check_due(&trade, half_us + 1));
	assert_false(dtms_check_due(&trade, half_us - VIEWS_SECONDS(15)));
	trade.state = DTMS_HEDGED;
	assert_true(dtms_check_due(&trade, minute_us));
	assert_false(dtms_check_due(&trade, half_us));
	for (int64_t close_us = 0; close_us < VIEWS_SECONDS(3600); close_us += VIEWS_SECONDS(300))
		assert_true(dtms_check_due(&trade, minute_us + close_us));
	trade.state = DTMS_CLOSED;
	assert_false(dtms_check_due(&trade, minute_us));
}

/* ---- crosses and flips ---- */

static void
each_bar_on_the_wrong_side_counts_once_and_each_other_one_back(void **state)
{
	static const double closes[] = {99, 99, 101, 100, 101, 99};
	static const int buy[] = {1, 2, 1, 0, 0, 1}, sell[] = {0, 0, 1, 0, 1, 0};

	for (int side = 0; side < 2; side++) {
		trade = trade_in(DTMS_HEALTHY, both_directions[side]);
		for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
			view = view_at(VIEWS_NOW_US + (int64_t)i * VIEWS_SECONDS(300));
			view.m5_close = closes[i];
			assert_true(check().changed);
			view.now_us += DTMS_GRID_US; /* the same bar */
			view.m5_close = 99;
			check();
			assert_int_equal(trade.vwap_cross_count, side == 0 ? buy[i] : sell[i]);
			assert_int_equal(trade.vwap_counted_us, view.m5_end_us);
		}
	}
}

static void
bars_before_the_registration_and_bars_without_vwap_do_not_count(void **state)
{
	view.m5_close = 99;
	trade.registered_us = view.m5_end_us;
	check();
	assert_int_equal(trade.vwap_cross_count, 0);
	trade.registered_us = view.m5_end_us - 1;
	view.vwap = NAN;
	check();
	assert_int_equal(trade.vwap_cross_count, 0);
	view.vwap = 100;
	check();
	assert_int_equal(trade.vwap_cross_count, 1);
}

static void
a_flip_calls_for_a_deep_check_once_when_it_begins(void **state)
{
	trade.last_deep_us = VIEWS_NOW_US - DTMS_GRID_US;
	view.vwap_slope = 0.001;
	assert_string_equal(cause(), "vwap flip");
	assert_int_equal(trade.vwap_flip, 1);
	view.now_us += DTMS_GRID_US;
	view.vwap_slope = 0.0007;
	assert_string_equal(cause(), "");
	view.vwap_slope = 0.00069;
	assert_string_equal(cause(), "");
	assert_int_equal(trade.vwap_flip, 0);
	view.vwap_slope = -0.0012;
	assert_string_equal(cause(), "vwap flip");
	assert_int_equal(trade.vwap_flip, -1);
}

/* ---- what calls for a deep check ---- */

static void
the_first_deep_check_waits_for_the_bars_and_a_price_but_for_no_lock(void **state)
{
	trade = trade_new(TRADE_BUY);
	trade.registered_us = trade.state_since_us = VIEWS_NOW_US - DTMS_GRID_US;
	view.m15_bars = 15;
	assert_string_equal(cause(), "");
	view.m15_bars = 16;
	view.structure.known = false;
	assert_string_equal(cause(), "");
	view.structure.known = true;
	view.bid_e8 = TICK_NONE;
	assert_string_equal(cause(), "");
	view.bid_e8 = VIEWS_E8(100);
	assert_string_equal(cause(), "first");
	assert_int_equal(trade.last_deep_us, VIEWS_NOW_US);
	assert_int_equal(trade.last_deep_price_e8, VIEWS_E8(100));
	assert_true(trade.score == 0);
}

static void
a_deep_check_is_made_900_seconds_after_the_last_one(void **state)
{
	trade.last_deep_us = VIEWS_NOW_US - DTMS_DEEP_US + 1;
	assert_string_equal(cause(), "");
	trade.last_deep_us = VIEWS_NOW_US - DTMS_DEEP_US;
	assert_string_equal(cause(), "interval");
	assert_string_equal(cause(), "");
}

static void
a_move_of_more_than_a_fifth_of_a_per_cent_calls_for_one(void **state)
{
	trade.last_deep_us = VIEWS_NOW_US - DTMS_GRID_US;
	view.bid_e8 = VIEWS_E8(100.2);
	assert_string_equal(cause(), "");
	view.bid_e8 = VIEWS_E8(100.2) + 1;
	assert_string_equal(cause(), "move");
	assert_int_equal(trade.last_deep_price_e8, view.bid_e8);
	view.ask_e8 = VIEWS_E8(200); /* not the price of a BUY */
	assert_string_equal(cause(), "");
	view.bid_e8 = VIEWS_E8(99.99);
	assert_string_equal(cause(), "move");
}

static void
the_first_of_several_causes_is_told(void **state)
{
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	trade.hedge_lost = true;
	trade.flat_deadline_us = VIEWS_NOW_US;
	view.structure.choch_down = true;
	view.vwap_slope = 1;
	view.bid_e8 = VIEWS_E8(200);
	assert_string_equal(cause(), "hedge");
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	trade.flat_deadline_us = VIEWS_NOW_US;
	assert_string_equal(cause(), "timer");
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	assert_string_equal(cause(), "CHOCH");
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	view.structure.choch_down = false;
	assert_string_equal(cause(), "vwap flip");
	trade.last_deep_us = VIEWS_NOW_US - DTMS_DEEP_US;
	trade.last_deep_price_e8 = VIEWS_E8(100);
	trade.state = DTMS_HEALTHY;
	assert_string_equal(cause(), "move");
}

static void
a_broken_structure_that_was_looked_at_already_calls_for_nothing(void **state)
{
	view.structure.choch_down = true;
	trade.state_since_us = trade.last_deep_us = view.m15_end_us;
	assert_string_equal(cause(), "");
	trade.last_deep_us = view.m15_end_us - 1;
	assert_string_equal(cause(), "CHOCH");
}

static void
a_structure_that_broke_just_before_the_registration_counts(void **state)
{
	trade = trade_new(TRADE_SELL);
	trade.registered_us = trade.state_since_us = VIEWS_NOW_US + DTMS_GRID_US;
	view.now_us = trade.registered_us;
	view.structure.choch_up = true;
	assert_string_equal(cause(), "CHOCH");
	assert_int_equal(trade.state, DTMS_CLOSING);
}

/* ---- the lock ---- */

static void
nothing_is_looked_at_deeply_within_600_seconds_of_a_transition(void **state)
{
	trade = trade_in(DTMS_WARNING_L1, TRADE_BUY);
	view = view_scored(VIEWS_NOW_US, -6);
	view.bid_e8 = VIEWS_E8(50);
	view.vwap_slope = -1;
	trade.state_since_us = VIEWS_NOW_US - DTMS_LOCK_US + 1;
	assert_string_equal(cause(), "");
	assert_string_equal(check().reason, "within 600 s of the last transition");
	trade.state_since_us = VIEWS_NOW_US - DTMS_LOCK_US;
	assert_string_equal(cause(), "move");
	assert_int_equal(trade.state, DTMS_WARNING_L2);
}

static void
the_way_back_to_healthy_locks_as_well(void **state)
{
	trade = trade_in(DTMS_HEALTHY, TRADE_BUY);
	trade.state_since_us = VIEWS_NOW_US - DTMS_LOCK_US + 1;
	view = view_scored(VIEWS_NOW_US, -6);
	assert_string_equal(cause(), "");
}

static void
structure_timers_and_a_lost_hedge_know_no_lock(void **state)
{
	trade = trade_in(DTMS_WARNING_L1, TRADE_BUY);
	trade.state_since_us = VIEWS_NOW_US - 1;
	view.structure.choch_down = true;
	assert_string_equal(cause(), "CHOCH");
	assert_int_equal(trade.state, DTMS_CLOSING);
	view.structure.choch_down = false;
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	trade.state_since_us = VIEWS_NOW_US - 1;
	trade.flat_deadline_us = VIEWS_NOW_US;
	assert_string_equal(cause(), "timer");
	assert_int_equal(trade.state, DTMS_CLOSING);
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	trade.state_since_us = VIEWS_NOW_US - 1;
	trade.hedge_lost = true;
	assert_string_equal(cause(), "hedge");
	assert_int_equal(trade.state, DTMS_WARNING_L2);
}

/* ---- old bars ---- */

static void
nothing_is_decided_on_old_bars_and_the_trade_is_stale(void **state)
{
	view = view_scored(VIEWS_NOW_US, -6);
	view.m5_end_us = VIEWS_NOW_US - DTMS_M5_AGE_US - 1;
	assert_string_equal(check().reason, "the newest M5 bar is 600 s old: nothing is decided");
	assert_true(trade.stale);
	assert_int_equal(trade.state, DTMS_HEALTHY);
	view.m5_end_us++;
	assert_string_equal(cause(), "interval");
	assert_false(trade.stale);
}

static void
m15_bars_may_be_half_an_hour_old_and_no_bars_are_old(void **state)
{
	view.m15_end_us = VIEWS_NOW_US - DTMS_M15_AGE_US - 1;
	assert_string_equal(check().reason, "the newest M15 bar is 1800 s old: nothing is decided");
	view.m15_end_us++;
	assert_string_equal(cause(), "interval");
	view.m15_end_us = TICK_NONE;
	assert_string_equal(check().reason, "there is no closed M15 bar: nothing is decided");
	assert_true(trade.stale);
	view.m5_end_us = TICK_NONE;
	assert_string_equal(check().reason, "there is no closed M5 bar: nothing is decided");
}

static void
structure_timers_and_closing_wait_for_new_bars_too(void **state)
{
	view.m5_end_us = TICK_NONE;
	view.structure.choch_down = true;
	for (int i = 0; i < DTMS_CLOSED; i++) {
		trade = trade_in((enum dtms_state)i, TRADE_BUY);
		trade.flat_deadline_us = trade.recovery_deadline_us = VIEWS_NOW_US;
		trade.hedge_lost = true;
		trade.closing_since_us = VIEWS_NOW_US - DTMS_CLOSE_AGAIN_US;
		assert_null(check().row);
		assert_int_equal(trade.state, i);
	}
	trade = trade_in(DTMS_RECOVERING, TRADE_BUY);
	trade.recovery_deadline_us = VIEWS_NOW_US - VIEWS_SECONDS(7200);
	view = view_scored(VIEWS_NOW_US, 1);
	assert_string_equal(cause(), "timer");
	assert_int_equal(trade.state, DTMS_HEALTHY);
}

static void
a_ticket_that_is_closed_is_closed_on_old_bars_too(void **state)
{
	view.m5_end_us = TICK_NONE;
	assert_non_null(dtms_check(&trade, &view, true, true).row);
	assert_int_equal(trade.state, DTMS_CLOSED);
	assert_false(trade.stale);
}

/* ---- transitions ---- */

static void
a_transition_is_told_with_its_score_and_condition(void **state)
{
	struct dtms_decision decision;

	view = view_scored(VIEWS_NOW_US, -2);
	decision = check();
	assert_string_equal(decision.reason, "score -2, score <= -2: HEALTHY becomes WARNING_L1");
	assert_true(decision.score_before == -3 && trade.score == -2);
	assert_int_equal(decision.from, DTMS_HEALTHY);
	assert_int_equal(decision.actions[0], ACTION_TIGHTEN_SL);
	assert_int_equal(decision.actions[1], ACTION_NONE);
	assert_int_equal(trade.state_since_us, VIEWS_NOW_US);
}

static void
what_changes_nothing_is_told_too(void **state)
{
	view = view_scored(VIEWS_NOW_US, -1.5);
	assert_string_equal(check().reason, "score -1.5: stays HEALTHY");
	assert_string_equal(check().reason, "no deep check is due");
	trade = trade_new(TRADE_BUY);
	view.m15_bars = 3;
	assert_string_equal(check().reason, "there are not yet 16 closed M15 bars and a price");
}

static void
timers_are_set_with_their_state_and_cleared_when_it_is_left(void **state)
{
	trade = trade_in(DTMS_WARNING_L2, TRADE_BUY);
	view = view_scored(VIEWS_NOW_US, -6);
	check();
	assert_int_equal(trade.flat_deadline_us, VIEWS_NOW_US + VIEWS_SECONDS(4500));
	view = view_at(VIEWS_NOW_US + VIEWS_SECONDS(900));
	view.structure.bos_up = true;
	check();
	assert_int_equal(trade.state, DTMS_RECOVERING);
	assert_true(trade.flat_deadline_us == TICK_NONE);
	assert_int_equal(trade.recovery_deadline_us, view.now_us + VIEWS_SECONDS(1800));
	view = view_scored(VIEWS_NOW_US + VIEWS_SECONDS(2700), 1);
	check();
	assert_int_equal(trade.state, DTMS_HEALTHY);
	assert_true(trade.recovery_deadline_us == TICK_NONE);
}

static void
a_closed_trade_says_when_and_why_and_closes_its_hedge(void **state)
{
	struct dtms_decision decision;

	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	decision = dtms_check(&trade, &view, true, true);
	assert_int_equal(trade.closed_us, VIEWS_NOW_US);
	assert_string_equal(trade.closed_reason, "closed at the venue");
	assert_true(trade.flat_deadline_us == TICK_NONE);
	assert_int_equal(decision.actions[0], ACTION_CLOSE_HEDGE);
	assert_int_equal(trade.hedge_ticket, 4712);
	assert_false(decision.deep);
	trade = trade_in(DTMS_HEALTHY, TRADE_BUY);
	strcpy(trade.closed_reason, "disabled");
	decision = dtms_check(&trade, &view, true, true);
	assert_string_equal(trade.closed_reason, "disabled");
	assert_int_equal(decision.actions[0], ACTION_NONE);
	decision = dtms_check(&trade, &view, true, true);
	assert_null(decision.row);
	assert_false(decision.changed);
}

static void
a_hedge_that_was_only_advised_is_to_be_closed_all_the_same(void **state)
{
	trade = trade_in(DTMS_HEDGED, TRADE_BUY);
	trade.hedge_ticket = TICK_NONE;
	view.structure.bos_up = true;
	assert_int_equal(check().actions[0], ACTION_CLOSE_HEDGE);
}

/* ---- closing again ---- */

static void
close_all_is_given_again_five_times_and_then_one_alert(void **state)
{
	int again = 0, alerts = 0;

	trade = trade_in(DTMS_CLOSING, TRADE_BUY);
	trade.closing_since_us = trade.state_since_us = VIEWS_NOW_US;
	for (int i = 1; i <= 60; i++) {
		struct dtms_decision decision;

		view = view_at(VIEWS_NOW_US + i * DTMS_GRID_US);
		decision = check();
		if (decision.row != NULL) {
			again++;
			assert_int_equal(i, 2 * again);
			assert_int_equal(decision.actions[0], ACTION_CLOSE_ALL);
		}
		if (decision.alert) {
			alerts++;
			assert_int_equal(i, 12);
			assert_true(decision.changed);
		}
	}
	assert_int_equal(again, 5);
	assert_int_equal(alerts, 1);
	assert_int_equal(trade.state, DTMS_CLOSING);
}

static void
advice_to_close_is_given_once_and_without_an_alert(void **state)
{
	trade = trade_in(DTMS_CLOSING, TRADE_BUY);
	for (int i = 1; i <= 60; i++) {
		struct dtms_decision decision;

		view = view_at(VIEWS_NOW_US + i * DTMS_GRID_US);
		decision = dtms_check(&trade, &view, false, false);
		assert_null(decision.row);
		assert_false(decision.alert);
		assert_string_equal(decision.reason, "CLOSING: close_all is advised once");
	}
	dtms_check(&trade, &view, true, false);
	assert_int_equal(trade.state, DTMS_CLOSED);
}

static void
a_check_that_changes_nothing_says_so(void **state)
{
	check();
	view.now_us += DTMS_GRID_US;
	assert_false(check().changed);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trade_is_looked_at_each_thirty_seconds_and_each_minute_when_hedged),
		TEST(each_bar_on_the_wrong_side_counts_once_and_each_other_one_back),
		TEST(bars_before_the_registration_and_bars_without_vwap_do_not_count),
		TEST(a_flip_calls_for_a_deep_check_once_when_it_begins),
		TEST(the_first_deep_check_waits_for_the_bars_and_a_price_but_for_no_lock),
		TEST(a_deep_check_is_made_900_seconds_after_the_last_one),
		TEST(a_move_of_more_than_a_fifth_of_a_per_cent_calls_for_one),
		TEST(the_first_of_several_causes_is_told),
		TEST(a_broken_structure_that_was_looked_at_already_calls_for_nothing),
		TEST(a_structure_that_broke_just_before_the_registration_counts),
		TEST(nothing_is_looked_at_deeply_within_600_seconds_of_a_transition),
		TEST(the_way_back_to_healthy_locks_as_well),
		TEST(structure_timers_and_a_lost_hedge_know_no_lock),
		TEST(nothing_is_decided_on_old_bars_and_the_trade_is_stale),
		TEST(m15_bars_may_be_half_an_hour_old_and_no_bars_are_old),
		TEST(structure_timers_and_closing_wait_for_new_bars_too),
		TEST(a_ticket_that_is_closed_is_closed_on_old_bars_too),
		TEST(a_transition_is_told_with_its_score_and_condition),
		TEST(what_changes_nothing_is_told_too),
		TEST(timers_are_set_with_their_state_and_cleared_when_it_is_left),
		TEST(a_closed_trade_says_when_and_why_and_closes_its_hedge),
		TEST(a_hedge_that_was_only_advised_is_to_be_closed_all_the_same),
		TEST(close_all_is_given_again_five_times_and_then_one_alert),
		TEST(advice_to_close_is_given_once_and_without_an_alert),
		TEST(a_check_that_changes_nothing_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
