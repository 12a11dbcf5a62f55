/*
 * The market as ticks: pure functions of (seed, symbol, time), so that whoever asks again, from
 * wherever, gets the same ones, in the same millisecond and place.
 *
 * A slot of the market has so many ticks, each in a share of its own of the slot's time.
 */
#ifndef MARKETSIM_TERMINAL_TICKS_H
#define MARKETSIM_TERMINAL_TICKS_H

#include "marketsim/terminal_market.h"

#define TERMINAL_FLAG_BID 2
#define TERMINAL_FLAG_ASK 4
#define TERMINAL_FLAG_OTHER 128 /* real terminals have it now and then; nobody documents it */
#define TERMINAL_THIN 100	/* ticks a slot at the most where not every single one counts */

struct terminal_tick {
	int64_t time_us; /* UTC, whole milliseconds */
	int64_t place;	 /* within its millisecond, from 0; of a thin walk it means nothing */
	int64_t bid_e8, ask_e8;
	int flags;
};

struct tick_walk {
	const struct terminal_market *market;
	int symbol;
	bool thin;
	int64_t slot, next, count; /* ticks of the slot */
	int64_t stride;		   /* 1, or every so many-th of a thin walk */
	uint64_t key;		   /* of symbol and slot */
	double distance;
	struct walk leader; /* behind the time of the tick that was last made, and ... */
	struct order order; /* ... its next order, where there is one */
	bool order_waits;
	double middle;		   /* the leader's, in its ticks, before that order */
	int64_t last_us, last_place; /* of the tick that was last made */
	int64_t bid_e8, ask_e8;	   /* of the one before in this slot; 0: none */
};

/* Stands before the first tick at or after `time_us` (UTC).  Thin: not every single one counts. */
void
tick_walk_begin(struct tick_walk *walk, const struct terminal_market *market, int symbol,
    int64_t time_us, bool thin);

/* There is always another one. */
void
tick_walk_next(struct tick_walk *walk, struct terminal_tick *ret);

#endif
