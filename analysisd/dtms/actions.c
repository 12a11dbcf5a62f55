#include "analysisd/dtms/actions.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/decimal.h"

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)
#define E8_MAX 9e18 /* a double below it fits in an int64_t */

/* ---- skipping, rounding ---- */

__attribute__((format(printf, 2, 3))) static void
skip(struct dtms_action_plan *plan, const char *format, ...)
{
	va_list arguments;

	plan->skipped = true;
	va_start(arguments, format);
	vsnprintf(plan->error, sizeof(plan->error), format, arguments);
	va_end(arguments);
}

/* A figure of an indicator in 1e-8; TICK_NONE where it is not defined. */
static int64_t
to_e8(double value)
{
	return isfinite(value) && fabs(value) * 1e8 < E8_MAX ? llround(value * 1e8) : TICK_NONE;
}

/* A part of a volume: never more of it. */
static int64_t
part_of(int64_t volume_e8, double fraction)
{
	return (int64_t)floorl((long double)volume_e8 * fraction);
}

/* A part of a distance: never nearer. */
static int64_t
distance_of(int64_t distance_e8, double fraction)
{
	return (int64_t)ceill((long double)distance_e8 * fraction);
}

/*
 * To a multiple of step_e8 (0: there is no step), down for sign +1 and up for -1: a stop of a
 * position of that direction goes away from the price, so that it is not nearer than was meant.
 */
static int64_t
round_away(int64_t value_e8, int64_t step_e8, int sign)
{
	int64_t rest = step_e8 > 0 ? value_e8 % step_e8 : 0;

	if (rest == 0)
		return value_e8;
	return sign > 0 ? value_e8 - rest : value_e8 - rest + step_e8;
}

/* ---- stops ---- */

/* Where a stop of a position of that direction (+1 BUY) is allowed: behind its price. */
static bool
check_behind(struct dtms_action_plan *plan, int64_t stop_e8, int sign, const struct dtms_view *view)
{
	int64_t distance_e8 = sign * (dtms_view_price(view, sign) - stop_e8);
	char stop[DECIMAL_SIZE], price[DECIMAL_SIZE], level[DECIMAL_SIZE];
	const char *side = sign > 0 ? "below" : "above";

	if (stop_e8 > 0 && distance_e8 > 0 && distance_e8 >= view->stops_level_e8)
		return true;
	decimal_format(stop_e8, 0, stop);
	decimal_format(dtms_view_price(view, sign), 0, price);
	decimal_format(view->stops_level_e8, 0, level);
	if (view->stops_level_e8 > 0)
		skip(plan, "a stop at %s is not %s the price %s by the stops level of %s", stop,
		    side, price, level);
	else
		skip(plan, "a stop at %s is not %s the price %s", stop, side, price);
	return false;
}

/* A stop is only ever moved towards the price. */
static bool
check_tighter(struct dtms_action_plan *plan, int64_t stop_e8, const struct dtms_trade *trade)
{
	char stop[DECIMAL_SIZE], present[DECIMAL_SIZE];

	if (trade->stop_loss_e8 == TICK_NONE ||
	    trade->direction * (stop_e8 - trade->stop_loss_e8) > 0)
		return true;
	decimal_format(stop_e8, 0, stop);
	decimal_format(trade->stop_loss_e8, 0, present);
	skip(plan, "a stop at %s is not tighter than the present one at %s", stop, present);
	return false;
}

static bool
check_price(struct dtms_action_plan *plan, const struct dtms_view *view)
{
	if (view->bid_e8 != TICK_NONE && view->ask_e8 != TICK_NONE)
		return true;
	skip(plan, "there is no price");
	return false;
}

static void
write_stop(struct dtms_action_plan *plan, int64_t stop_e8, const struct dtms_trade *trade)
{
	json_text_decimal(&plan->parameters, "stop_loss", stop_e8);
	json_text_decimal(&plan->parameters, "previous_stop_loss", trade->stop_loss_e8);
}

static void
tighten_sl(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	bool from_stop = trade->initial_stop_loss_e8 != TICK_NONE;
	int64_t r_e8 = from_stop ? llabs(trade->entry_e8 - trade->initial_stop_loss_e8) :
				   to_e8(DTMS_R_ATR * view->atr);
	int64_t stop_e8;

	if (!check_price(plan, view))
		return;
	if (r_e8 == TICK_NONE) {
		skip(plan, "R is not known: there is no initial stop loss and no ATR yet");
		return;
	}
	stop_e8 = dtms_view_price(view, trade->direction) -
	    trade->direction * distance_of(r_e8, DTMS_TIGHTEN_R);
	stop_e8 = round_away(stop_e8, view->tick_size_e8, trade->direction);
	if (!check_behind(plan, stop_e8, trade->direction, view) ||
	    !check_tighter(plan, stop_e8, trade))
		return;
	write_stop(plan, stop_e8, trade);
	json_text_decimal(&plan->parameters, "r", r_e8);
	json_text_word(&plan->parameters, "r_from", from_stop ? "initial_stop_loss" : "atr");
}

static void
move_sl_breakeven(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	int64_t stop_e8 = round_away(trade->entry_e8, view->tick_size_e8, trade->direction);

	if (check_price(plan, view) && check_behind(plan, stop_e8, trade->direction, view) &&
	    check_tighter(plan, stop_e8, trade))
		write_stop(plan, stop_e8, trade);
}

/* ---- volumes ---- */

/* What the venue takes of that volume; 0 after skip(). */
static int64_t
choose_volume(struct dtms_action_plan *plan, int64_t wanted_e8, const struct dtms_view *view)
{
	int64_t volume_e8 = round_away(wanted_e8, view->volume_step_e8, 1);
	char wanted[DECIMAL_SIZE], step[DECIMAL_SIZE], minimum[DECIMAL_SIZE];

	if (volume_e8 > 0 && volume_e8 >= view->volume_min_e8)
		return volume_e8;
	decimal_format(wanted_e8, 0, wanted);
	decimal_format(view->volume_step_e8, 0, step);
	decimal_format(view->volume_min_e8, 0, minimum);
	skip(plan, "a volume of %s cannot be traded: steps of %s, %s at the least", wanted, step,
	    minimum);
	return 0;
}

/* What remains is never less than what is closed, so that it is not below the minimum either. */
static void
partial_close(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	int64_t own_e8 = dtms_trade_own_volume(trade);
	int64_t part_e8 = part_of(own_e8, DTMS_PARTIAL_CLOSE);
	int64_t volume_e8 = choose_volume(plan, part_e8, view);

	if (volume_e8 == 0)
		return;
	json_text_integer(&plan->parameters, "ticket", trade->ticket);
	json_text_decimal(&plan->parameters, "volume", volume_e8);
	json_text_decimal(&plan->parameters, "remaining_volume", own_e8 - volume_e8);
}

/* The reasons why no hedge is opened that need no figures. */
static bool
check_hedge(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	if (trade->netting)
		skip(plan, "a netting account holds one position a symbol: no hedge");
	else if (trade->hedge_ticket != TICK_NONE)
		skip(plan, "a hedge is open already: %" PRId64, trade->hedge_ticket);
	else if (to_e8(view->atr) == TICK_NONE)
		skip(plan, "there is no ATR yet for the stop of the hedge");
	else
		return check_price(plan, view);
	return false;
}

static void
open_hedge(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	enum trade_direction direction = trade->direction == TRADE_BUY ? TRADE_SELL : TRADE_BUY;
	int64_t volume_e8, stop_e8;

	if (!check_hedge(plan, trade, view))
		return;
	volume_e8 = choose_volume(plan, part_of(trade->current_volume_e8, DTMS_HEDGE), view);
	if (volume_e8 == 0)
		return;
	stop_e8 = dtms_view_price(view, direction) -
	    direction * distance_of(to_e8(view->atr), DTMS_HEDGE_STOP_ATR);
	stop_e8 = round_away(stop_e8, view->tick_size_e8, direction);
	if (!check_behind(plan, stop_e8, direction, view))
		return;
	json_text_word(&plan->parameters, "direction", trade_direction_name(direction));
	json_text_decimal(&plan->parameters, "volume", volume_e8);
	json_text_decimal(&plan->parameters, "stop_loss", stop_e8);
	json_text_number(&plan->parameters, "atr", view->atr);
}

/* The reasons why nothing is re-added that need no figures. */
static bool
check_re_add(struct dtms_action_plan *plan, const struct dtms_trade *trade)
{
	if (trade->hedge_ticket != TICK_NONE)
		skip(plan, "its hedge is open still: %" PRId64, trade->hedge_ticket);
	else if (trade->re_adds.count == DTMS_RE_ADDS_MAX)
		skip(plan, "%d re-adds are open already", DTMS_RE_ADDS_MAX);
	else if (trade->closed_volume_e8 <= 0)
		skip(plan, "nothing was closed");
	else
		return true;
	return false;
}

static void
re_add_position(struct dtms_action_plan *plan, const struct dtms_trade *trade,
    const struct dtms_view *view)
{
	int64_t volume_e8;

	if (!check_re_add(plan, trade))
		return;
	if (trade->stop_loss_e8 == TICK_NONE) {
		skip(plan, "the trade has no stop loss to be added with");
		return;
	}
	if (!check_price(plan, view) ||
	    !check_behind(plan, trade->stop_loss_e8, trade->direction, view))
		return;
	volume_e8 = choose_volume(plan, part_of(trade->closed_volume_e8, DTMS_RE_ADD), view);
	if (volume_e8 == 0)
		return;
	json_text_word(&plan->parameters, "direction", trade_direction_name(trade->direction));
	json_text_decimal(&plan->parameters, "volume", volume_e8);
	json_text_decimal(&plan->parameters, "stop_loss", trade->stop_loss_e8);
}

/* ---- closing ---- */

static void
close_hedge(struct dtms_action_plan *plan, const struct dtms_trade *trade)
{
	if (trade->hedge_ticket == TICK_NONE) {
		skip(plan, "no hedge is open");
		return;
	}
	json_text_integer(&plan->parameters, "ticket", trade->hedge_ticket);
	json_text_decimal(&plan->parameters, "volume", trade->hedge_volume_e8);
}

/* In the order in which they are to be closed. */
static void
write_re_adds(struct json_text *json, const struct dtms_re_adds *re_adds)
{
	if (re_adds->count == 0)
		return;
	json_text_open_list(json, "re_adds");
	for (int i = 0; i < re_adds->count; i++) {
		json_text_open(json, NULL);
		json_text_integer(json, "ticket", re_adds->tickets[i]);
		json_text_decimal(json, "volume", re_adds->volumes_e8[i]);
		json_text_close(json);
	}
	json_text_close_list(json);
}

static void
close_all(struct dtms_action_plan *plan, const struct dtms_trade *trade)
{
	if (trade->hedge_ticket != TICK_NONE) {
		json_text_integer(&plan->parameters, "hedge_ticket", trade->hedge_ticket);
		json_text_decimal(&plan->parameters, "hedge_volume", trade->hedge_volume_e8);
	}
	write_re_adds(&plan->parameters, &trade->re_adds);
	json_text_integer(&plan->parameters, "ticket", trade->ticket);
	json_text_decimal(&plan->parameters, "volume", dtms_trade_own_volume(trade));
}

static void
fill(struct dtms_action_plan *plan, const struct dtms_trade *trade, const struct dtms_view *view)
{
	switch (plan->action) {
	case ACTION_TIGHTEN_SL:
		tighten_sl(plan, trade, view);
		break;
	case ACTION_PARTIAL_CLOSE:
		partial_close(plan, trade, view);
		break;
	case ACTION_MOVE_SL_BREAKEVEN:
		move_sl_breakeven(plan, trade, view);
		break;
	case ACTION_OPEN_HEDGE:
		open_hedge(plan, trade, view);
		break;
	case ACTION_CLOSE_HEDGE:
		close_hedge(plan, trade);
		break;
	case ACTION_CLOSE_ALL:
		close_all(plan, trade);
		break;
	case ACTION_RE_ADD_POSITION:
		re_add_position(plan, trade, view);
		break;
	case ACTION_START_FLAT_TIMER:
		json_text_integer(&plan->parameters, "deadline_us", trade->flat_deadline_us);
		break;
	case ACTION_START_RECOVERY_TIMER:
		json_text_integer(&plan->parameters, "deadline_us", trade->recovery_deadline_us);
		break;
	case ACTION_NONE:
	case ACTION_STOP_FLAT_TIMER:
	case ACTIONS:
		break;
	}
}

void
dtms_action_plan(struct dtms_action_plan *ret, enum dtms_action action,
    const struct dtms_trade *trade, const struct dtms_view *view)
{
	ret->action = action;
	ret->skipped = false;
	ret->error[0] = '\0';
	json_text_start(&ret->parameters);
	fill(ret, trade, view);
	json_text_close(&ret->parameters);
}

/* ---- ids ---- */

void
dtms_action_id(char ret[static ACTION_ID_SIZE], const struct dtms_trade *trade,
    enum dtms_state from, enum dtms_state to, int64_t time_us, enum dtms_action action)
{
	snprintf(ret, ACTION_ID_SIZE, "%s/%" PRId64 "/%s>%s/%" PRId64 "/%s", trade->account,
	    trade->ticket, dtms_state_name(from), dtms_state_name(to), time_us,
	    dtms_action_name(action));
}

void
dtms_action_token(char ret[static ACTION_TOKEN_SIZE], const char *id)
{
	uint64_t hash = FNV_BASIS;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * FNV_PRIME;
	snprintf(ret, ACTION_TOKEN_SIZE, "tdm%016" PRIx64, hash);
}
