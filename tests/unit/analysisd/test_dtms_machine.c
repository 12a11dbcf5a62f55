#include "analysisd/dtms/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "tests/unit/analysisd/dtms_views.h"

/* ---- rows by their scores: just met, just not met ---- */

struct limit {
	enum dtms_state from, to;
	double met, not_met; /* scores that a market can have */
	int towards;	     /* -1: the row holds at `met` and below it, +1: and above it */
};

static const struct limit limits[] = {
	{DTMS_HEALTHY, DTMS_WARNING_L1, -2, -1.5, -1},
	{DTMS_WARNING_L1, DTMS_HEALTHY, 0, -0.5, 1},
	{DTMS_WARNING_L1, DTMS_WARNING_L2, -4, -3.5, -1},
	{DTMS_WARNING_L2, DTMS_WARNING_L1, -2, -2.25, 1},
	{DTMS_WARNING_L2, DTMS_HEDGED, -6, -5.5, -1},
};
#define LIMITS (sizeof(limits) / sizeof(limits[0]))

static void
a_score_at_its_limit_changes_the_state_and_short_of_it_does_not(void **state)
{
	for (size_t i = 0; i < 2 * LIMITS; i++) {
		const struct limit *limit = &limits[i / 2];
		enum trade_direction direction = both_directions[i % 2];
		struct dtms_view met = view_scored(VIEWS_NOW_US, limit->met);
		struct dtms_view not_met = view_scored(VIEWS_NOW_US, limit->not_met);
		struct dtms_trade trade = trade_in(limit->from, direction);
		struct dtms_decision decision;

		not_met = view_for(&not_met, direction);
		decision = dtms_check(&trade, &not_met, false, true);
		assert_true(decision.deep && decision.score.total == limit->not_met);
		assert_null(decision.row);
		assert_int_equal(trade.state, limit->from);
		trade = trade_in(limit->from, direction);
		met = view_for(&met, direction);
		decision = dtms_check(&trade, &met, false, true);
		assert_true(decision.deep && decision.score.total == limit->met);
		assert_non_null(decision.row);
		assert_int_equal(trade.state, limit->to);
		assert_int_equal(decision.from, limit->from);
	}
}

static void
limits_of_the_score_are_exact(void **state)
{
	for (size_t i = 0; i < LIMITS; i++) {
		const struct limit *limit = &limits[i];
		struct dtms_trade trade = trade_in(limit->from, TRADE_BUY);
		struct dtms_inputs inputs = {.now_us = VIEWS_NOW_US, .score = limit->met};
		const struct dtms_row *row = dtms_machine_step(&trade, &inputs, false);

		assert_non_null(row);
		assert_int_equal(row->to, limit->to);
		inputs.score = nextafter(limit->met, limit->towards > 0 ? -100 : 100);
		assert_null(dtms_machine_step(&trade, &inputs, false));
		inputs.score = limit->met + limit->towards;
		assert_ptr_equal(dtms_machine_step(&trade, &inputs, false), row);
		inputs.score = NAN;
		assert_null(dtms_machine_step(&trade, &inputs, false));
	}
}

/* ---- the other rows ---- */

/* What is left of a check of a trade in that state, in a market as `view` is for a BUY. */
static struct dtms_trade
check(enum dtms_state from, enum trade_direction direction, const struct dtms_view *view,
    bool venue_closed)
{
	struct dtms_trade trade = trade_in(from, direction);
	struct dtms_view seen = view_for(view, direction);

	dtms_check(&trade, &seen, venue_closed, true);
	return trade;
}

static void
a_ticket_that_the_venue_reports_closed_is_closed_from_any_state(void **state)
{
	struct dtms_view view = view_scored(VIEWS_NOW_US, -6);

	view.structure.choch_down = true;
	for (int i = 0; i < 2 * DTMS_CLOSED; i++)
		assert_int_equal(check((enum dtms_state)(i / 2), both_directions[i % 2], &view,
		    true).state, DTMS_CLOSED);
}

static void
a_change_of_character_against_comes_before_all_other_rows(void **state)
{
	struct dtms_view view = view_scored(VIEWS_NOW_US, -6);

	view.structure.choch_down = true;
	for (int i = 0; i < 2 * DTMS_CLOSING; i++)
		assert_int_equal(check((enum dtms_state)(i / 2), both_directions[i % 2], &view,
		    false).state, DTMS_CLOSING);
	view.structure = (struct structure){.known = true, .bos_up = true, .choch_up = true};
	for (int i = 0; i < 2; i++)
		assert_int_equal(check(DTMS_HEALTHY, both_directions[i], &view, false).state,
		    DTMS_HEALTHY);
}

static void
two_flips_against_the_trade_call_for_a_hedge_and_one_does_not(void **state)
{
	for (int i = 0; i < 8; i++) {
		enum trade_direction direction = both_directions[i % 2];
		bool vwap = (i & 2) != 0, volume = (i & 4) != 0;
		struct dtms_trade trade = trade_in(DTMS_WARNING_L2, direction);
		struct dtms_view view = view_at(VIEWS_NOW_US);

		/* -5.5 for both, -3.5 for one: no score is reason enough to change the state */
		view.rsi = vwap ? 60 : 50;
		view.rsi_2 = vwap ? 59 : 50;
		view.ema50 -= 1;
		view.ema200 -= 1;
		view.vwap_slope = vwap ? -0.001 : 0;
		view.flow.buy_share = volume ? 0.3 : 0.5;
		trade.vwap_flip = vwap ? -direction : 0;
		trade.vwap_cross_count = 3;
		trade.vwap_counted_us = view.m5_end_us;
		view = view_for(&view, direction);
		assert_true(dtms_score_measure(&trade, &view).total > -6);
		dtms_check(&trade, &view, false, true);
		assert_int_equal(trade.state, vwap && volume ? DTMS_HEDGED :
		    vwap || volume			     ? DTMS_WARNING_L2 : DTMS_WARNING_L1);
	}
}

static void
a_hedge_that_its_own_stop_closed_leads_back_to_the_second_warning(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);

	for (int i = 0; i < 2; i++) {
		struct dtms_trade trade = trade_in(DTMS_HEDGED, both_directions[i]);

		assert_null(dtms_check(&trade, &view, false, true).row);
		trade.hedge_lost = true;
		trade.flat_deadline_us = VIEWS_NOW_US; /* over as well: a later row */
		assert_string_equal(dtms_check(&trade, &view, false, true).cause, "hedge");
		assert_int_equal(trade.state, DTMS_WARNING_L2);
		assert_false(trade.hedge_lost);
	}
}

static void
the_flat_timer_closes_at_its_end_and_not_before(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);

	view.structure.bos_up = true; /* a later row */
	for (int i = 0; i < 2; i++) {
		struct dtms_trade trade = trade_in(DTMS_HEDGED, both_directions[i]);
		struct dtms_view seen = view_for(&view, both_directions[i]);
		struct dtms_decision decision;

		trade.flat_deadline_us = VIEWS_NOW_US + 1;
		dtms_check(&trade, &seen, false, true);
		assert_int_equal(trade.state, DTMS_RECOVERING);
		trade = trade_in(DTMS_HEDGED, both_directions[i]);
		trade.flat_deadline_us = VIEWS_NOW_US;
		decision = dtms_check(&trade, &seen, false, true);
		assert_int_equal(trade.state, DTMS_CLOSING);
		assert_string_equal(decision.cause, "timer");
		assert_string_equal(decision.row->reason, "flat timer expired");
		assert_int_equal(decision.actions[0], ACTION_CLOSE_ALL);
	}
}

static void
a_break_with_the_trade_recovers_it_by_a_bar_after_the_hedge_only(void **state)
{
	struct dtms_view view = view_at(VIEWS_NOW_US);

	view.structure.bos_up = true;
	for (int i = 0; i < 2; i++) {
		struct dtms_trade trade = trade_in(DTMS_HEDGED, both_directions[i]);
		struct dtms_view seen = view_for(&view, both_directions[i]);

		seen.m15_end_us = VIEWS_NOW_US - VIEWS_SECONDS(900);
		trade.state_since_us = seen.m15_end_us;
		trade.flat_deadline_us = VIEWS_NOW_US + 1;
		assert_null(dtms_check(&trade, &seen, false, true).row);
		assert_int_equal(trade.state, DTMS_HEDGED);
		trade.last_deep_us = VIEWS_NOW_US - VIEWS_SECONDS(900);
		trade.state_since_us = seen.m15_end_us - 1;
		assert_int_equal(dtms_check(&trade, &seen, false, true).actions[0],
		    ACTION_CLOSE_HEDGE);
		assert_int_equal(trade.state, DTMS_RECOVERING);
	}
}

static void
recovery_is_judged_at_the_end_of_its_timer_by_the_score(void **state)
{
	const struct dtms_view good = view_scored(VIEWS_NOW_US, 1);
	const struct dtms_view bad = view_scored(VIEWS_NOW_US, 0.5);

	for (int i = 0; i < 2; i++) {
		enum trade_direction direction = both_directions[i];
		struct dtms_trade early = check(DTMS_RECOVERING, direction, &good, false);
		struct dtms_trade trade = trade_in(DTMS_RECOVERING, direction);
		struct dtms_view seen = view_for(&good, direction);

		assert_int_equal(early.state, DTMS_RECOVERING);
		trade.recovery_deadline_us = VIEWS_NOW_US;
		assert_int_equal(dtms_check(&trade, &seen, false, true).actions[0],
		    ACTION_RE_ADD_POSITION);
		assert_int_equal(trade.state, DTMS_HEALTHY);
		trade = trade_in(DTMS_RECOVERING, direction);
		trade.recovery_deadline_us = VIEWS_NOW_US;
		seen = view_for(&bad, direction);
		assert_string_equal(dtms_check(&trade, &seen, false, true).row->reason,
		    "recovery failed");
		assert_int_equal(trade.state, DTMS_CLOSING);
	}
}

static void
closing_is_given_again_after_a_minute_and_leads_nowhere_else(void **state)
{
	struct dtms_view view = view_scored(VIEWS_NOW_US, 1);

	view.structure.choch_down = true;
	for (int i = 0; i < 2; i++) {
		struct dtms_trade trade = trade_in(DTMS_CLOSING, both_directions[i]);
		struct dtms_view seen = view_for(&view, both_directions[i]);
		int64_t since_us = trade.state_since_us;

		trade.closing_since_us = VIEWS_NOW_US - DTMS_CLOSE_AGAIN_US + 1;
		assert_null(dtms_check(&trade, &seen, false, true).row);
		trade.closing_since_us = VIEWS_NOW_US - DTMS_CLOSE_AGAIN_US;
		assert_int_equal(dtms_check(&trade, &seen, false, true).actions[0],
		    ACTION_CLOSE_ALL);
		assert_int_equal(trade.state, DTMS_CLOSING);
		assert_int_equal(trade.state_since_us, since_us);
		assert_int_equal(trade.close_attempts, 1);
		assert_int_equal(trade.closing_since_us, VIEWS_NOW_US);
	}
}

/* ---- the table itself ---- */

static void
rows_are_those_of_the_paper_in_its_order(void **state)
{
	const unsigned open = 0x3f, breakable = 0x1f;
	const struct {
		unsigned from;
		enum dtms_state to;
		enum dtms_action actions[DTMS_ROW_ACTIONS_MAX];
		bool at_once;
	} paper[] = {
		{open, DTMS_CLOSED, {ACTION_CLOSE_HEDGE}, true},
		{breakable, DTMS_CLOSING, {ACTION_CLOSE_ALL}, true},
		{1, DTMS_WARNING_L1, {ACTION_TIGHTEN_SL}, false},
		{2, DTMS_HEALTHY, {0}, false},
		{2, DTMS_WARNING_L2, {ACTION_PARTIAL_CLOSE, ACTION_MOVE_SL_BREAKEVEN}, false},
		{4, DTMS_WARNING_L1, {0}, false},
		{4, DTMS_HEDGED, {ACTION_OPEN_HEDGE, ACTION_START_FLAT_TIMER}, false},
		{8, DTMS_WARNING_L2, {ACTION_STOP_FLAT_TIMER}, true},
		{8, DTMS_CLOSING, {ACTION_CLOSE_ALL}, true},
		{8, DTMS_RECOVERING, {ACTION_CLOSE_HEDGE, ACTION_START_RECOVERY_TIMER}, false},
		{16, DTMS_HEALTHY, {ACTION_RE_ADD_POSITION}, true},
		{16, DTMS_CLOSING, {ACTION_CLOSE_ALL}, true},
		{32, DTMS_CLOSING, {ACTION_CLOSE_ALL}, true},
		{0},
	};

	for (size_t i = 0; i < sizeof(paper) / sizeof(paper[0]); i++) {
		assert_int_equal(dtms_machine[i].from, paper[i].from);
		if (paper[i].from == 0)
			break;
		assert_int_equal(dtms_machine[i].to, paper[i].to);
		assert_memory_equal(dtms_machine[i].actions, paper[i].actions,
		    sizeof(paper[i].actions));
		assert_int_equal(dtms_machine[i].at_once, paper[i].at_once);
	}
}

static void
a_locked_trade_takes_only_what_is_taken_at_once(void **state)
{
	struct dtms_trade trade = trade_in(DTMS_HEALTHY, TRADE_BUY);
	struct dtms_inputs inputs = {.now_us = VIEWS_NOW_US, .score = -9};

	assert_non_null(dtms_machine_step(&trade, &inputs, false));
	assert_null(dtms_machine_step(&trade, &inputs, true));
	inputs.choch_against = true;
	assert_int_equal(dtms_machine_step(&trade, &inputs, true)->to, DTMS_CLOSING);
}

static void
a_closed_trade_takes_no_row(void **state)
{
	struct dtms_trade trade = trade_in(DTMS_CLOSED, TRADE_BUY);
	struct dtms_inputs inputs = {.now_us = VIEWS_NOW_US, .venue_closed = true, .score = -9,
		.choch_against = true, .bos_with = true};

	assert_null(dtms_machine_step(&trade, &inputs, false));
}

static void
a_timer_that_is_not_set_is_never_over(void **state)
{
	struct dtms_trade trade = trade_in(DTMS_HEDGED, TRADE_BUY);

	trade.flat_deadline_us = TICK_NONE;
	trade.recovery_deadline_us = 0;
	assert_false(dtms_timer_is_over(&trade, VIEWS_NOW_US));
	trade.state = DTMS_RECOVERING;
	assert_true(dtms_timer_is_over(&trade, VIEWS_NOW_US));
	trade.state = DTMS_HEALTHY;
	assert_false(dtms_timer_is_over(&trade, VIEWS_NOW_US));
}

/* ---- as it is printed ---- */

static char text[16384];

static void
print(void)
{
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	dtms_machine_print(out);
	assert_int_equal(fclose(out), 0);
	assert_true(strlen(text) < sizeof(text) - 1);
}

/* Column `at` (0..) of a printed line, without the spaces behind it; the caller's buffer. */
static const char *
cell(const char *line, int at, char buffer[static 256])
{
	const char *end;
	size_t length;

	for (; at > 0; at--) {
		line = strstr(line, " | ");
		assert_non_null(line);
		line += 3;
	}
	end = strstr(line, " | ");
	length = end != NULL && end < line + strcspn(line, "\n") ? (size_t)(end - line) :
								   strcspn(line, "\n");
	while (length > 0 && line[length - 1] == ' ')
		length--;
	assert_true(length < 256);
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	return buffer;
}

/* The line after `line`. */
static const char *
next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	assert_non_null(end);
	return end + 1;
}

/* Where the table of that direction begins. */
static const char *
find_table(const char *direction)
{
	const char *table = strstr(text, direction);

	assert_non_null(table);
	return next_line(table);
}

static void
each_row_is_printed_once_a_direction_in_order(void **state)
{
	static const char *const titles[] = {"BUY: ", "SELL: "};
	char found[256];

	print();
	for (int i = 0; i < 2; i++) {
		const char *line = find_table(titles[i]);

		assert_string_equal(cell(line, 0, found), "from");
		assert_string_equal(cell(line, 1, found), "condition");
		assert_string_equal(cell(line, 2, found), "to");
		assert_string_equal(cell(line, 3, found), "actions");
		line = next_line(line);
		for (const struct dtms_row *row = dtms_machine; row->from != 0; row++) {
			const char *figures = row->figures[i];

			assert_string_equal(cell(line, 1, found),
			    figures != NULL ? figures : row->condition);
			assert_string_equal(cell(line, 2, found), dtms_state_name(row->to));
			cell(line, 3, found);
			for (int at = 0; at < DTMS_ROW_ACTIONS_MAX; at++)
				assert_non_null(strstr(found, at > 0 && row->actions[at] == 0 ? "" :
				    dtms_action_name(row->actions[at])));
			line = next_line(line);
		}
		assert_true(*line == '\n' || *line == '\0');
	}
}

static void
conditions_and_figures_are_printed_in_terms_of_the_direction(void **state)
{
	const char *buy, *sell;
	char found[256];

	print();
	buy = next_line(find_table("BUY: "));
	sell = next_line(find_table("SELL: "));
	assert_string_equal(cell(buy, 0, found), "any");
	assert_string_equal(cell(buy, 3, found), "close_hedge if one is open");
	buy = next_line(buy);
	sell = next_line(sell);
	assert_string_equal(cell(buy, 0, found),
	    "HEALTHY, WARNING_L1, WARNING_L2, HEDGED, RECOVERING");
	assert_string_equal(cell(buy, 1, found),
	    "CHOCH: M15 close < min(low of the 15 bars before) x 0.9975");
	assert_string_equal(cell(sell, 1, found),
	    "CHOCH: M15 close > max(high of the 15 bars before) x 1.0025");
	assert_string_equal(cell(buy, 3, found), "close_all \"structure broke\"");
	buy = next_line(buy);
	sell = next_line(sell);
	assert_string_equal(cell(buy, 3, found), "tighten_sl to price - 0.3 R");
	assert_string_equal(cell(sell, 3, found), "tighten_sl to price + 0.3 R");
	assert_non_null(strstr(buy, "open_hedge SELL 0.5 x current volume, stop 0.5 x ATR14(M15) "
				    "above the ask; start_flat_timer 4500 s\n"));
	assert_non_null(strstr(sell, "open_hedge BUY 0.5 x current volume, stop 0.5 x ATR14(M15) "
				     "below the bid; start_flat_timer 4500 s\n"));
	assert_non_null(strstr(sell, "start_recovery_timer 1800 s\n"));
	assert_non_null(strstr(sell, "re_add_position SELL 0.5 x closed volume\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_score_at_its_limit_changes_the_state_and_short_of_it_does_not),
		cmocka_unit_test(limits_of_the_score_are_exact),
		cmocka_unit_test(a_ticket_that_the_venue_reports_closed_is_closed_from_any_state),
		cmocka_unit_test(a_change_of_character_against_comes_before_all_other_rows),
		cmocka_unit_test(two_flips_against_the_trade_call_for_a_hedge_and_one_does_not),
		cmocka_unit_test(a_hedge_that_its_own_stop_closed_leads_back_to_the_second_warning),
		cmocka_unit_test(the_flat_timer_closes_at_its_end_and_not_before),
		cmocka_unit_test(a_break_with_the_trade_recovers_it_by_a_bar_after_the_hedge_only),
		cmocka_unit_test(recovery_is_judged_at_the_end_of_its_timer_by_the_score),
		cmocka_unit_test(closing_is_given_again_after_a_minute_and_leads_nowhere_else),
		cmocka_unit_test(rows_are_those_of_the_paper_in_its_order),
		cmocka_unit_test(a_locked_trade_takes_only_what_is_taken_at_once),
		cmocka_unit_test(a_closed_trade_takes_no_row),
		cmocka_unit_test(a_timer_that_is_not_set_is_never_over),
		cmocka_unit_test(each_row_is_printed_once_a_direction_in_order),
		cmocka_unit_test(conditions_and_figures_are_printed_in_terms_of_the_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
