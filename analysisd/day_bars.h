/*
 * What the M5 bars before a slot say of what is usual there: at most DAY_BARS_MAX of them, the
 * newest, and none from before the UTC day that precedes the slot's.  Pure; sums of quantities are
 * of whole numbers of 1e-8, so they do not depend on an order.
 */
#ifndef ANALYSISD_DAY_BARS_H
#define ANALYSISD_DAY_BARS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/frame_state.h"
#include "common/decimal.h"

#define DAY_BARS_MAX 288
#define DAY_BARS_LARGE 10 /* a large trade is of more than so many mean trades */

struct day_bars {
	int64_t bars;
	int64_t trades; /* in them; of a source of quotes, its bids */
	int64_t sided_bars, sided_trades; /* of the bars that say who was the aggressor */
	decimal_sum sided_volume_e8;
};

/* The aggressive volume since the slot's UTC midnight, the slot's own bar with it. */
struct day_delta {
	int64_t bars;  /* that say who was the aggressor; the others are left out */
	double delta;  /* bought minus sold; NAN without such a bar */
};

/* The whole number of 1e-8 that a bar's volume was rounded from. */
decimal_sum
day_bars_volume_e8(double volume);

/*
 * True of a bar whose taker_buy_volume is said: one of an exchange's trades, be it made of ticks
 * or of klines.  Bars of a terminal, and those that are made of its bids, do not say it.
 */
bool
day_bars_sided(const struct candle *bar);

/* The bars of an M5 frame that open before open_us. */
struct day_bars
day_bars_before(const struct frame_state *frame, int64_t open_us);

/* Trades a bar; NAN without a bar. */
double
day_bars_mean_trades(const struct day_bars *day);

/*
 * A trade of more than this is large: DAY_BARS_LARGE x the mean trade of the sided bars, rounded
 * down to 1e-8, which changes nothing for volumes in 1e-8.  TICK_NONE without a trade in them.
 */
int64_t
day_bars_large_above(const struct day_bars *day);

/* Of the day of the frame's newest bar. */
struct day_delta
day_bars_delta(const struct frame_state *frame);

#endif
