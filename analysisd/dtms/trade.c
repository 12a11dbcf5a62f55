#include "analysisd/dtms/trade.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "common/decimal.h"

/* ---- names ---- */

static const char *const state_names[DTMS_STATES] = {
	[DTMS_HEALTHY] = "HEALTHY",
	[DTMS_WARNING_L1] = "WARNING_L1",
	[DTMS_WARNING_L2] = "WARNING_L2",
	[DTMS_HEDGED] = "HEDGED",
	[DTMS_RECOVERING] = "RECOVERING",
	[DTMS_CLOSING] = "CLOSING",
	[DTMS_CLOSED] = "CLOSED",
};

const char *
dtms_state_name(enum dtms_state state)
{
	return state_names[state];
}

bool
dtms_state_find(const char *name, enum dtms_state *ret)
{
	for (int state = 0; state < DTMS_STATES; state++)
		if (strcmp(state_names[state], name) == 0) {
			*ret = (enum dtms_state)state;
			return true;
		}
	return false;
}

const char *
trade_direction_name(enum trade_direction direction)
{
	return direction == TRADE_BUY ? "BUY" : "SELL";
}

bool
trade_direction_find(const char *name, enum trade_direction *ret)
{
	if (strcmp(name, "BUY") == 0)
		*ret = TRADE_BUY;
	else if (strcmp(name, "SELL") == 0)
		*ret = TRADE_SELL;
	else
		return false;
	return true;
}

/* ---- registration ---- */

/* A stop tells the risk of a trade only from the losing side. */
static int64_t
first_stop_loss(const struct dtms_trade *trade)
{
	bool behind;

	if (trade->initial_stop_loss_e8 != TICK_NONE || trade->stop_loss_e8 == TICK_NONE)
		return trade->initial_stop_loss_e8;
	behind = trade->direction == TRADE_BUY ? trade->stop_loss_e8 < trade->entry_e8 :
						 trade->stop_loss_e8 > trade->entry_e8;
	return behind ? trade->stop_loss_e8 : TICK_NONE;
}

int64_t
dtms_trade_own_volume(const struct dtms_trade *trade)
{
	int64_t own_e8 = trade->current_volume_e8;

	for (int i = 0; i < trade->re_adds.count; i++)
		own_e8 -= trade->re_adds.volumes_e8[i];
	return own_e8;
}

void
dtms_trade_start(struct dtms_trade *trade, int64_t registered_us)
{
	trade->registered_us = registered_us;
	trade->current_volume_e8 = trade->initial_volume_e8;
	trade->closed_volume_e8 = 0;
	trade->initial_stop_loss_e8 = first_stop_loss(trade);
	trade->hedge_ticket = TICK_NONE;
	trade->hedge_volume_e8 = TICK_NONE;
	trade->hedge_lost = false;
	trade->state = DTMS_HEALTHY;
	trade->state_since_us = registered_us;
	trade->score = NAN;
	trade->flat_deadline_us = TICK_NONE;
	trade->recovery_deadline_us = TICK_NONE;
	trade->vwap_cross_count = 0;
	trade->vwap_flip = 0;
	trade->vwap_counted_us = TICK_NONE;
	trade->last_deep_us = TICK_NONE;
	trade->last_deep_price_e8 = TICK_NONE;
	trade->close_attempts = 0;
	trade->closing_since_us = TICK_NONE;
	trade->stale = false;
	trade->closed_us = TICK_NONE;
	memset(trade->closed_reason, 0, sizeof(trade->closed_reason));
}

void
dtms_trade_note_stop(struct dtms_trade *trade)
{
	if (dtms_trade_is_untouched(trade))
		trade->initial_stop_loss_e8 = first_stop_loss(trade);
}

bool
dtms_trade_is_untouched(const struct dtms_trade *trade)
{
	return trade->state == DTMS_HEALTHY && trade->state_since_us == trade->registered_us;
}

/* ---- what can be watched ---- */

/*
 * `what` has to be on one side of `mark`: below it (side -1) or above it (side +1).  What is
 * TICK_NONE is not looked at.
 */
static int
check_side(const struct dtms_trade *trade, const char *what, int64_t price_e8, int side,
    const char *mark, int64_t mark_e8, struct problem *problem)
{
	char price[DECIMAL_SIZE], bound[DECIMAL_SIZE];

	if (price_e8 == TICK_NONE || mark_e8 == TICK_NONE)
		return 0;
	if (side < 0 ? price_e8 < mark_e8 : price_e8 > mark_e8)
		return 0;
	decimal_format(price_e8, 0, price);
	decimal_format(mark_e8, 0, bound);
	return problem_set(problem, -EINVAL, "the %s of a %s must be %s its %s: %s is not %s %s",
	    what, trade_direction_name(trade->direction), side < 0 ? "below" : "above", mark,
	    price, side < 0 ? "below" : "above", bound);
}

static int
check_positive(const char *what, int64_t value_e8, bool needed, struct problem *problem)
{
	char value[DECIMAL_SIZE];

	if (value_e8 > 0 || (!needed && value_e8 == TICK_NONE))
		return 0;
	if (value_e8 == TICK_NONE)
		return problem_set(problem, -EINVAL, "the %s is missing", what);
	decimal_format(value_e8, 0, value);
	return problem_set(problem, -EINVAL, "the %s must be above 0: %s is not", what, value);
}

static int
check_figures(const struct dtms_trade *trade, struct problem *problem)
{
	int error;

	if (trade->direction != TRADE_BUY && trade->direction != TRADE_SELL)
		return problem_set(problem, -EINVAL, "the direction must be BUY or SELL");
	error = check_positive("volume", trade->initial_volume_e8, true, problem);
	if (error == 0)
		error = check_positive("entry price", trade->entry_e8, true, problem);
	if (error == 0)
		error = check_positive("stop loss", trade->stop_loss_e8, false, problem);
	if (error == 0)
		error = check_positive("take profit", trade->take_profit_e8, false, problem);
	if (error == 0)
		error = check_positive("initial stop loss", trade->initial_stop_loss_e8, false,
		    problem);
	return error;
}

int
dtms_trade_check(const struct dtms_trade *trade, int64_t bid_e8, int64_t ask_e8,
    struct problem *problem)
{
	int sign = trade->direction, error = check_figures(trade, problem);
	int64_t price_e8 = trade->direction == TRADE_BUY ? bid_e8 : ask_e8;

	if (error == 0)
		error = check_side(trade, "initial stop loss", trade->initial_stop_loss_e8, -sign,
		    "entry price", trade->entry_e8, problem);
	if (error == 0 && trade->initial_stop_loss_e8 == TICK_NONE)
		error = check_side(trade, "stop loss", trade->stop_loss_e8, -sign, "entry price",
		    trade->entry_e8, problem);
	if (error == 0)
		error = check_side(trade, "stop loss", trade->stop_loss_e8, -sign, "price",
		    price_e8, problem);
	if (error == 0)
		error = check_side(trade, "take profit", trade->take_profit_e8, sign, "entry price",
		    trade->entry_e8, problem);
	if (error == 0)
		error = check_side(trade, "take profit", trade->take_profit_e8, sign, "price",
		    price_e8, problem);
	return error;
}
