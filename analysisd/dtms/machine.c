#include "analysisd/dtms/machine.h"

#include <stddef.h>

#define OF(state) (1U << (state))
#define OPEN (OF(DTMS_CLOSED) - 1) /* all states but CLOSED, which is the last one */
#define CAN_BREAK (OPEN & ~OF(DTMS_CLOSING))

/* ---- conditions ---- */

static bool
is_closed_by_venue(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->venue_closed;
}

static bool
structure_broke(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->choch_against;
}

static bool
score_to_l1(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->score <= -2;
}

static bool
score_to_healthy(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->score >= 0;
}

static bool
score_to_l2(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->score <= -4;
}

static bool
score_back_to_l1(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->score >= -2;
}

static bool
needs_hedge(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->score <= -6 || (inputs->vwap_flip_against && inputs->volume_flip_against);
}

static bool
hedge_is_lost(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return trade->hedge_lost;
}

static bool
timer_is_over(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return dtms_timer_is_over(trade, inputs->now_us);
}

static bool
structure_recovers(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return inputs->bos_with;
}

static bool
has_recovered(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return dtms_timer_is_over(trade, inputs->now_us) && inputs->score >= 1;
}

static bool
has_not_recovered(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return dtms_timer_is_over(trade, inputs->now_us) && inputs->score < 1;
}

static bool
is_still_open(const struct dtms_trade *trade, const struct dtms_inputs *inputs)
{
	return trade->closing_since_us != TICK_NONE &&
	    inputs->now_us - trade->closing_since_us >= DTMS_CLOSE_AGAIN_US &&
	    trade->close_attempts < DTMS_CLOSE_ATTEMPTS_MAX;
}

/* ---- the table ---- */

const struct dtms_row dtms_machine[] = {
	{
		.from = OPEN,
		.to = DTMS_CLOSED,
		.holds = is_closed_by_venue,
		.condition = "the venue reports the ticket closed",
		.at_once = true,
		.structural = true,
		.actions = {ACTION_CLOSE_HEDGE},
		.reason = "the trade is closed",
	},
	{
		.from = CAN_BREAK,
		.to = DTMS_CLOSING,
		.holds = structure_broke,
		.condition = "CHOCH against the trade",
		.figures = {"CHOCH: M15 close < min(low of the 15 bars before) x 0.9975",
		    "CHOCH: M15 close > max(high of the 15 bars before) x 1.0025"},
		.at_once = true,
		.structural = true,
		.actions = {ACTION_CLOSE_ALL},
		.reason = "structure broke",
	},
	{
		.from = OF(DTMS_HEALTHY),
		.to = DTMS_WARNING_L1,
		.holds = score_to_l1,
		.condition = "score <= -2",
		.actions = {ACTION_TIGHTEN_SL},
		.reason = "first warning",
	},
	{
		.from = OF(DTMS_WARNING_L1),
		.to = DTMS_HEALTHY,
		.holds = score_to_healthy,
		.condition = "score >= 0",
		.reason = "warning over",
	},
	{
		.from = OF(DTMS_WARNING_L1),
		.to = DTMS_WARNING_L2,
		.holds = score_to_l2,
		.condition = "score <= -4",
		.actions = {ACTION_PARTIAL_CLOSE, ACTION_MOVE_SL_BREAKEVEN},
		.reason = "second warning",
	},
	{
		.from = OF(DTMS_WARNING_L2),
		.to = DTMS_WARNING_L1,
		.holds = score_back_to_l1,
		.condition = "score >= -2",
		.reason = "second warning over",
	},
	{
		.from = OF(DTMS_WARNING_L2),
		.to = DTMS_HEDGED,
		.holds = needs_hedge,
		.condition = "score <= -6, or VWAP flip and volume flip both against the trade",
		.figures = {"score <= -6, or VWAP slope down with 2 crosses or more and sold share "
			    "> 0.65 (LOW 0.72)",
		    "score <= -6, or VWAP slope up with 2 crosses or more and bought share > 0.65 "
		    "(LOW 0.72)"},
		.actions = {ACTION_OPEN_HEDGE, ACTION_START_FLAT_TIMER},
		.reason = "hedge needed",
	},
	{
		.from = OF(DTMS_HEDGED),
		.to = DTMS_WARNING_L2,
		.holds = hedge_is_lost,
		.condition = "the hedge was closed by its own stop",
		.at_once = true,
		.structural = true,
		.actions = {ACTION_STOP_FLAT_TIMER},
		.reason = "hedge lost",
	},
	{
		.from = OF(DTMS_HEDGED),
		.to = DTMS_CLOSING,
		.holds = timer_is_over,
		.condition = "flat timer over (4500 s)",
		.at_once = true,
		.structural = true,
		.actions = {ACTION_CLOSE_ALL},
		.reason = "flat timer expired",
	},
	{
		.from = OF(DTMS_HEDGED),
		.to = DTMS_RECOVERING,
		.holds = structure_recovers,
		.condition = "BOS with the trade, by a bar closed after state_since",
		.figures = {"BOS: M15 close > max(high of the 10 bars before) x 1.0003, by a bar "
			    "closed after state_since",
		    "BOS: M15 close < min(low of the 10 bars before) x 0.9997, by a bar closed "
		    "after state_since"},
		.structural = true,
		.actions = {ACTION_CLOSE_HEDGE, ACTION_START_RECOVERY_TIMER},
		.reason = "structure recovers",
	},
	{
		.from = OF(DTMS_RECOVERING),
		.to = DTMS_HEALTHY,
		.holds = has_recovered,
		.condition = "timer over (1800 s) and score >= +1",
		.at_once = true,
		.actions = {ACTION_RE_ADD_POSITION},
		.reason = "recovered",
	},
	{
		.from = OF(DTMS_RECOVERING),
		.to = DTMS_CLOSING,
		.holds = has_not_recovered,
		.condition = "timer over (1800 s) and score < +1",
		.at_once = true,
		.actions = {ACTION_CLOSE_ALL},
		.reason = "recovery failed",
	},
	{
		.from = OF(DTMS_CLOSING),
		.to = DTMS_CLOSING,
		.holds = is_still_open,
		.condition = "still open after 60 s, at most 5 times, then an alert",
		.at_once = true,
		.structural = true,
		.actions = {ACTION_CLOSE_ALL},
		.reason = "still open",
	},
	{.from = 0},
};

bool
dtms_timer_is_over(const struct dtms_trade *trade, int64_t now_us)
{
	int64_t deadline_us = trade->state == DTMS_HEDGED ? trade->flat_deadline_us :
	    trade->state == DTMS_RECOVERING		  ? trade->recovery_deadline_us :
							    TICK_NONE;

	return deadline_us != TICK_NONE && now_us >= deadline_us;
}

const struct dtms_row *
dtms_machine_step(const struct dtms_trade *trade, const struct dtms_inputs *inputs, bool locked)
{
	for (const struct dtms_row *row = dtms_machine; row->from != 0; row++)
		if ((row->from & OF(trade->state)) != 0 && (row->at_once || !locked) &&
		    row->holds(trade, inputs))
			return row;
	return NULL;
}

const char *
dtms_action_name(enum dtms_action action)
{
	static const char *const names[ACTIONS] = {
		[ACTION_NONE] = "none",
		[ACTION_TIGHTEN_SL] = "tighten_sl",
		[ACTION_PARTIAL_CLOSE] = "partial_close",
		[ACTION_MOVE_SL_BREAKEVEN] = "move_sl_breakeven",
		[ACTION_OPEN_HEDGE] = "open_hedge",
		[ACTION_CLOSE_HEDGE] = "close_hedge",
		[ACTION_CLOSE_ALL] = "close_all",
		[ACTION_RE_ADD_POSITION] = "re_add_position",
		[ACTION_START_FLAT_TIMER] = "start_flat_timer",
		[ACTION_STOP_FLAT_TIMER] = "stop_flat_timer",
		[ACTION_START_RECOVERY_TIMER] = "start_recovery_timer",
	};

	return names[action];
}
