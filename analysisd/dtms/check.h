/*
 * One check of one trade at one instant (dtms.md, "Cadence"): what is counted, whether a deep check
 * is due and why, and what comes of it.  Pure: trade and view in, trade and decision out.
 *
 * A deep check is made for the first cause of: "hedge" (it was closed by its own stop), "timer",
 * "CHOCH" (against the trade, by the newest M15 bar, closed after state_since or the last deep
 * check), then, but not within DTMS_LOCK_US of the last transition and not before 16 closed M15
 * bars and a price are there, "first", "vwap flip" (it began at this check), "move", "interval".
 *
 * Where the paper leaves it open:
 *  - To be registered is no transition: it locks nothing.
 *  - A flip that began within the lock calls for nothing once the lock is over (a price that is
 *    away then does); the interval comes at most 300 s later.
 *  - A break of structure by the bar before the registration counts: the newest bar says it.
 *  - On old bars nothing is decided, close_all is not given again either (that market is shut);
 *    only a ticket that the venue reports closed is CLOSED.  A timer that ended meanwhile is taken
 *    with the first bars.
 *  - An M5 bar that ends at the instant of registration was before it; one without VWAP is not
 *    counted.
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
	bool deep;	    /* a deep check was made: cause says why */
	const char *cause;  /* "first", "interval", "timer", "vwap flip", "move", "CHOCH", "hedge" */
	struct dtms_score score; /* of this instant, without a deep check too */
	double score_before; /* the trade's before this check */
	enum dtms_state from;
	const struct dtms_row *row; /* taken; NULL for none */
	/* of the row, those to be taken: a close_hedge "if one is open" only then */
	enum dtms_action actions[DTMS_ROW_ACTIONS_MAX];
	bool alert;		    /* close_all was given up: still open after the last attempt */
	char reason[160];	    /* one sentence: what was decided and why, or why not */
};

/* True where the trade is looked at at this instant. */
bool
dtms_check_due(const struct dtms_trade *trade, int64_t now_us);

/*
 * Looks at *trade and brings it up to date: cross count, flip, staleness, with a row taken its
 * state, state_since, timers, attempts, when it was closed and why (closed_reason is kept where the
 * caller has filled it).  Timers are set with the transition and cleared when their state is left.
 * A change of volume, stop or hedge is the venue's to report: hedge_ticket stays as it is.
 * `venue_closed`: see dtms_inputs.  `repeat`: in CLOSING, close_all is given again (an account
 * whose actions are executed); advice is given once.
 */
struct dtms_decision
dtms_check(struct dtms_trade *trade, const struct dtms_view *view, bool venue_closed, bool repeat);

#endif
