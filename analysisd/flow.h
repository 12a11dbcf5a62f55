/*
 * Who trades aggressively, in windows of FLOW_WINDOW_US on a grid of the source's clock: window n
 * holds the trades of n * FLOW_WINDOW_US <= time < (n + 1) * FLOW_WINDOW_US.  Pure; volumes are
 * summed exactly, so that the order in which trades come does not matter.
 *
 * Exists only where trades carry an aggressor; a symbol of quotes has none: flow_pressure() is
 * undefined there, never 0.
 */
#ifndef ANALYSISD_FLOW_H
#define ANALYSISD_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/decimal.h"
#include "common/tick.h"

#define FLOW_WINDOW_US INT64_C(30000000)
#define FLOW_WINDOWS_BEFORE 60 /* that a window's net volume is held against */
#define FLOW_WINDOWS_KEPT 128  /* a power of two, more than a candle's and those before it */

struct flow_window {
	int64_t number; /* start / FLOW_WINDOW_US */
	decimal_sum buy_e8, sell_e8;
	int64_t trades; /* inside aggregates too */
};

struct flow {
	int64_t from_number; /* windows from here on were read: an absent one had no trade */
	struct flow_window windows[FLOW_WINDOWS_KEPT]; /* at number % FLOW_WINDOWS_KEPT */
};

/* Of one window; NAN where it is not defined. */
struct flow_pressure {
	double buy, sell; /* volumes */
	double buy_share; /* of the aggressive volume, 0..1; NAN without a trade */
	double z; /* (net - mean) / population sigma of the net volumes of the FLOW_WINDOWS_BEFORE
		     windows before it; NAN where not all of them were read, or sigma is 0 */
	int64_t trades;
};

/* Empties it; ticks will be given from from_us on (rounded up to a window's start). */
void
flow_start(struct flow *flow, int64_t from_us);

/* A trade counts to its window; anything else, and trades of windows no longer kept, do not. */
void
flow_add(struct flow *flow, const struct tick *tick);

/*
 * Of the window that ends at end_us (on the grid; otherwise of the last one that ended by then).
 * Undefined where it was not read or is no longer kept, and where neither it nor those before it
 * that it is held against have a trade.
 */
struct flow_pressure
flow_pressure(const struct flow *flow, int64_t end_us);

/* Trades in the `windows` windows that end at end_us (on the grid). */
int64_t
flow_trades(const struct flow *flow, int64_t end_us, int windows);

/* Share of the aggressive volume that is against a trade of that direction (+1 BUY, -1 SELL). */
static inline double
flow_share_against(const struct flow_pressure *pressure, int sign)
{
	return sign > 0 ? 1 - pressure->buy_share : pressure->buy_share;
}

#endif
