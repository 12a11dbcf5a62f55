/*
 * The state machine of a trade (dtms.md, "State machine"): a table of rows, walked by one pure
 * function; the rows of a state are tried in order and the first one whose condition holds is
 * taken, one at most a check.  `analysisd --print-dtms` prints the table.
 *
 * Where the paper leaves it open:
 *  - A hedge that was closed by its own stop is a fact of the venue, like a closed ticket: the row
 *    is taken at once, within 600 s of the last transition too.  A trade is not left in HEDGED,
 *    where no hedge can be opened, when it has none.
 *  - A timer that is not set is never over; HEDGED and RECOVERING always have theirs (check.h).
 *  - CLOSING again is no new state: state_since stays, closing_since moves.
 */
#ifndef ANALYSISD_DTMS_MACHINE_H
#define ANALYSISD_DTMS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analysisd/dtms/trade.h"

#define DTMS_FLAT_TIMER_US INT64_C(4500000000)
#define DTMS_RECOVERY_TIMER_US INT64_C(1800000000)
#define DTMS_CLOSE_AGAIN_US INT64_C(60000000)
#define DTMS_CLOSE_ATTEMPTS_MAX 5 /* close_all given again so often, then an alert */
#define DTMS_ROW_ACTIONS_MAX 3

/* The figures of actions (dtms.md, "Actions"). */
#define DTMS_TIGHTEN_R 0.3	 /* of R, behind the price */
#define DTMS_PARTIAL_CLOSE 0.5	 /* of the current volume */
#define DTMS_HEDGE 0.5		 /* of the current volume */
#define DTMS_HEDGE_STOP_ATR 0.5	 /* of ATR14(M15), away from the price */
#define DTMS_RE_ADD 0.5		 /* of the closed volume */
#define DTMS_R_ATR 1.0		 /* R in ATR14(M15) without an initial stop loss */

enum dtms_action {
	ACTION_NONE,
	ACTION_TIGHTEN_SL,
	ACTION_PARTIAL_CLOSE,
	ACTION_MOVE_SL_BREAKEVEN,
	ACTION_OPEN_HEDGE,
	ACTION_CLOSE_HEDGE,
	ACTION_CLOSE_ALL,
	ACTION_RE_ADD_POSITION,
	ACTION_START_FLAT_TIMER,
	ACTION_STOP_FLAT_TIMER,
	ACTION_START_RECOVERY_TIMER,
	ACTIONS
};

/* What a row may ask about. */
struct dtms_inputs {
	int64_t now_us;
	bool venue_closed;  /* the venue says that the ticket is closed (or it was disabled) */
	double score;	    /* NAN outside a deep check: no condition on it holds */
	bool choch_against; /* of the newest closed M15 bar */
	bool bos_with;	    /* by a bar that closed after state_since */
	bool vwap_flip_against, volume_flip_against;
};

struct dtms_row {
	unsigned from; /* the set of states: bits 1 << enum dtms_state */
	enum dtms_state to;
	bool (*holds)(const struct dtms_trade *trade, const struct dtms_inputs *inputs);
	const char *condition;	/* as the manual says it */
	const char *figures[2]; /* the same in figures for BUY and for SELL; NULL: as it stands */
	bool at_once; /* also within 600 s of the last transition: CHOCH, timers, what venues say */
	bool structural; /* decided without a score */
	enum dtms_action actions[DTMS_ROW_ACTIONS_MAX];
	const char *reason; /* of its actions, for people */
};

/* The table, ended by a row whose `from` is 0. */
extern const struct dtms_row dtms_machine[];

/* True where the trade's flat timer or recovery timer, the one of its state, is over. */
bool
dtms_timer_is_over(const struct dtms_trade *trade, int64_t now_us);

/* The row to be taken, NULL for none.  `locked`: only rows that are taken at once. */
const struct dtms_row *
dtms_machine_step(const struct dtms_trade *trade, const struct dtms_inputs *inputs, bool locked);

/* "tighten_sl", ... as stored. */
const char *
dtms_action_name(enum dtms_action action);

/*
 * Prints the machine for BUY and then for SELL: a line "BUY: ..." each, a line of headings, and a
 * line a row in the order of the table: from | condition | to | actions.  Conditions and figures
 * are those of that direction.
 */
void
dtms_machine_print(FILE *out);

#endif
