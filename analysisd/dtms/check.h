/*
 * One check of one trade at one instant (dtms.md, "Cadence"): what is counted, whether a deep check
 * is due and why, and what comes of it.  Pure: trade and view in, trade and decision out.
 */
#ifndef ANALYSISD_DTMS_CHECK_H
#define ANALYSISD_DTMS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/dtms/machine.h"
#include "analysisd/dtms/score.h"

#define DTMS_GRID_US INT64_C(30000000) /* instants are multiples of this, on the source's clock */
#define DTMS_HEDGED_GRID_US INT64_C(60000000) /* of a HEDGED trade; each M5 close is on both */
#define DTMS_DEEP_US INT64_C(900000000)
#define DTMS_LOCK_US INT64_C(600000000) /* after a transition: only what is taken at once */
#define DTMS_MOVE 0.002			/* of the price at the last deep check */
#define DTMS_M5_AGE_US INT64_C(600000000) /* older bars, from their end on: nothing is decided */
#define DTMS_M15_AGE_US INT64_C(1800000000)

struct dtms_decision {
	bool changed;	    /* the trade is not what it was: store it */
	bool deep;	    /* a deep check was made: score and cause say how */
	const char *cause;  /* "first", "interval", "timer", "vwap flip", "move", "CHOCH", "hedge" */
	struct dtms_score score;
	double score_before; /* the trade's before this check */
	enum dtms_state from;
	const struct dtms_row *row; /* taken; NULL for none */
	bool alert;		    /* close_all was given up: still open after the last attempt */
	char reason[160];	    /* one sentence: what was decided and why, or why not */
};

/* True where the trade is looked at at this instant. */
bool
dtms_check_due(const struct dtms_trade *trade, int64_t now_us);

/*
 * Looks at *trade and brings it up to date: cross count, flip, staleness, and with a row taken its
 * state, state_since, timers, attempts.  A change of volume or stop is the venue's to report.
 * `venue_closed`: see dtms_inputs.  `repeat`: in CLOSING, close_all is given again (an account whose
 * actions are executed); advice is given once.
 */
struct dtms_decision
dtms_check(struct dtms_trade *trade, const struct dtms_view *view, bool venue_closed, bool repeat);

#endif
