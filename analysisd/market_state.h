/*
 * All that is known of one symbol's M5 candles after the newest one pushed: the indicators and the
 * bars that analyses look back on.  Pure: the same candles give the same state to the bit.
 *
 * A state belongs to one UTC day.  It is seeded with the last MARKET_SEED_BARS closed bars before
 * that midnight and then gets the day's bars in order, live, restarted and replayed alike, so
 * that recursive indicators do not depend on when the program started (dtms.md).  "The loaded
 * bars" are all of these: the seed's and the day's.  Slots without trades have no bar.
 */
#ifndef ANALYSISD_MARKET_STATE_H
#define ANALYSISD_MARKET_STATE_H

#include <stdint.h>

#include "analysisd/indicators/atr.h"
#include "analysisd/indicators/bollinger.h"
#include "common/candle.h"

#define MARKET_SEED_BARS 500
#define MARKET_BARS_KEPT 289	  /* the newest and the 288 before it: a day */
#define MARKET_COVERAGE_SLOTS 288 /* the slots that coverage is measured over: a day */

struct market_state {
	int64_t day_us;	       /* the midnight that it was seeded at */
	int64_t bars;	       /* loaded: seed and day */
	int64_t seed_bars;     /* of these, before day_us */
	int64_t first_bar_us;  /* open time of the oldest loaded bar */
	struct atr atr;	       /* period 14 */
	struct bollinger bollinger; /* 20 closes, 2 deviations */
	double atr_sum;	       /* over the loaded bars that have an ATR */
	int64_t atr_values;
	struct candle kept[MARKET_BARS_KEPT]; /* a ring, see market_state_bar() */
};

/* Of the MARKET_COVERAGE_SLOTS slots that end with the newest bar's. */
struct market_coverage {
	int slots, present, complete;
};

/* Empties it for the day that holds time_us. */
void
market_state_start(struct market_state *state, int64_t time_us);

/* Bars come in the order of their open times; none is of a later day than the state's. */
void
market_state_push(struct market_state *state, const struct candle *candle);

/* The bar `back` bars before the newest (0); NULL where it is not loaded or no longer kept. */
const struct candle *
market_state_bar(const struct market_state *state, int64_t back);

/* Mean of the ATR over the loaded bars; NAN below REGIME_ATR_VALUES_MIN values. */
double
market_state_mean_atr(const struct market_state *state);

struct market_coverage
market_state_coverage(const struct market_state *state);

#endif
