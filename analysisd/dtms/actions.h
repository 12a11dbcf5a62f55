/*
 * What an action is in numbers (dtms.md, "Actions"): its parameters for this trade in this market,
 * or why it is skipped.  Pure.  Prices and volumes are exact, rounded to the venue's steps on the
 * careful side: a stop never past where it was meant, a volume never above.
 *
 * Parameters are one JSON object; prices and volumes in it are exact decimal strings, tickets and
 * times integers, null where there is none; that of a skipped action is empty:
 *  tighten_sl: "stop_loss", "previous_stop_loss", "r", "r_from" ("initial_stop_loss" or "atr").
 *  move_sl_breakeven: "stop_loss", "previous_stop_loss".
 *  partial_close: "ticket", "volume", "remaining_volume".
 *  open_hedge: "direction", "volume", "stop_loss", "atr" (a number).
 *  close_hedge: "ticket", "volume".
 *  close_all: "hedge_ticket", "hedge_volume" where a hedge is open, "re_adds" [{"ticket",
 *  "volume"}] where there are any, then "ticket", "volume" of the trade's own: in this order.
 *  re_add_position: "direction", "volume", "stop_loss".
 *  start_flat_timer, start_recovery_timer: "deadline_us".  stop_flat_timer: nothing.
 *
 * Where the paper leaves it open:
 *  - A stop that the venue's stops level does not allow is skipped, not put elsewhere; so is a
 *    hedge with such a stop.
 *  - The stop of a hedge is measured from the price that triggers it: the ask where it sells.
 *  - No second hedge is opened while one is open: its ticket would be lost.
 *  - A position is added with the trade's stop loss or not at all.
 *  - What remains after a partial close is never less than what is closed, so never below the
 *    minimum lot.
 */
#ifndef ANALYSISD_DTMS_ACTIONS_H
#define ANALYSISD_DTMS_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/dtms/machine.h"
#include "analysisd/dtms/view.h"
#include "analysisd/json_text.h"

#define ACTION_ID_SIZE 256  /* bytes with the NUL */
#define ACTION_TOKEN_SIZE 24 /* an MT5 comment holds 31 characters */
#define ACTION_EXPIRES_US INT64_C(60000000)

struct dtms_action_plan {
	enum dtms_action action;
	bool skipped;
	char error[160];	/* why; "" where it is not skipped */
	struct json_text parameters;
};

/* Fills *ret.  `trade` is as the check left it: its timers are set. */
void
dtms_action_plan(struct dtms_action_plan *ret, enum dtms_action action,
    const struct dtms_trade *trade, const struct dtms_view *view);

/* "ACCOUNT/TICKET/FROM>TO/TIME_US/TYPE": unique, and the same on replay. */
void
dtms_action_id(char ret[static ACTION_ID_SIZE], const struct dtms_trade *trade,
    enum dtms_state from, enum dtms_state to, int64_t time_us, enum dtms_action action);

/* "tdm" and 16 hexadecimal digits of the id's FNV-1a. */
void
dtms_action_token(char ret[static ACTION_TOKEN_SIZE], const char *id);

#endif
