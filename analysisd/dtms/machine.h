/*
 * The state machine of a trade (dtms.md, "State machine"): a table of rows, walked by one pure
 * function; the rows of a state are tried in order and the first one whose condition holds is
 * taken, one at most a check.  `analysisd --print-dtms` prints the table.
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
	bool at_once; /* also within 600 s of the last transition: CHOCH, timers, closed by the venue */
	bool structural; /* decided without a score */
	enum dtms_action actions[DTMS_ROW_ACTIONS_MAX];
	const char *reason; /* of its actions, for people */
};

/* The table, ended by a row whose `from` is 0. */
extern const struct dtms_row dtms_machine[];

/* The row to be taken, NULL for none.  `locked`: only rows that are taken at once. */
const struct dtms_row *
dtms_machine_step(const struct dtms_trade *trade, const struct dtms_inputs *inputs, bool locked);

/* "tighten_sl", ... as stored. */
const char *
dtms_action_name(enum dtms_action action);

/* Prints the machine for BUY and for SELL: states, conditions, actions with their parameters. */
void
dtms_machine_print(FILE *out);

#endif
