/*
 * A trader of our own, so that there is something to watch: now and then it opens a position with
 * a stop loss and a take profit and lets it run.  What it does is a pure function of the market:
 * the same after a restart.
 */
#ifndef MARKETSIM_TERMINAL_DEMO_H
#define MARKETSIM_TERMINAL_DEMO_H

#include "marketsim/terminal_positions.h"

#define DEMO_INTERVALS 24 /* a position is closed when it is so many intervals old */

struct terminal_demo {
	const struct terminal_market *market;
	int64_t interval_us; /* a position at a time; 0: none ever */
	int64_t refused;     /* positions for which there was no room */
	int64_t next[TERMINAL_SYMBOLS_MAX]; /* each symbol's next one, by number */
	struct tick_walk walks[TERMINAL_SYMBOLS_MAX];
	struct terminal_tick ticks[TERMINAL_SYMBOLS_MAX]; /* the next of each symbol */
};

/*
 * Fills *positions with what it holds at `now_us` (UTC), and goes on from there.  What closed
 * before is among the deals of *positions, but has not changed the balance.
 */
void
terminal_demo_init(struct terminal_demo *demo, struct terminal_positions *positions,
    int64_t interval_us, int64_t now_us);

/* All ticks up to and with `now_us`: opens what is due, and closes what ends. */
void
terminal_demo_advance(struct terminal_demo *demo, struct terminal_positions *positions,
    int64_t now_us);

/*
 * What became of one of its positions until `now_us`, also long ago.  False: it is still open, or
 * none of its own.
 */
bool
terminal_demo_fate(const struct terminal_demo *demo, int64_t ticket, int64_t now_us,
    struct terminal_deal *ret);

/* The ticket of an order that is carried out then; never one of the demo's own. */
int64_t
terminal_ticket_of_order(int64_t time_us);

#endif
