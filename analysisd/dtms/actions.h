/*
 * What an action is in numbers (dtms.md, "Actions"): its parameters for this trade in this market,
 * or why it is skipped.  Pure.  Prices and volumes are exact, rounded to the venue's steps on the
 * careful side: a stop never past where it was meant, a volume never above.
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

/* Fills *ret.  Timers have their deadline as parameter. */
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
