/*
 * All that is known of one symbol's closed bars in one timeframe: the bars that analyses look back
 * on, the indicators after the newest one, and the last values of those that are looked back on.
 * Pure: the same bars give the same state to the bit.
 *
 * Every indicator is seeded anew at UTC midnight from the last FRAME_SEED_BARS closed bars before
 * it (dtms.md, "Same when run again"): frame_state_seed() does it from the bars that it holds.
 * Slots without trades have no bar.
 */
#ifndef ANALYSISD_FRAME_STATE_H
#define ANALYSISD_FRAME_STATE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysisd/indicators/adx.h"
#include "analysisd/indicators/atr.h"
#include "analysisd/indicators/bollinger.h"
#include "analysisd/indicators/ema.h"
#include "analysisd/indicators/macd.h"
#include "analysisd/indicators/realised_volatility.h"
#include "analysisd/indicators/roc.h"
#include "analysisd/indicators/rsi.h"
#include "analysisd/indicators/sma.h"
#include "analysisd/indicators/stochastic.h"
#include "analysisd/timeframe.h"
#include "common/candle.h"

#define FRAME_SEED_BARS 500
#define FRAME_VALUES_KEPT 11 /* the newest and the ten before it */

/* Indicators after one bar; NAN where they are not defined. */
struct frame_values {
	double rsi, histogram, ema20, ema50, ema200, atr;
};

/* A day's prices, of the bars that are held of it; TICK_NONE where none is. */
struct frame_day {
	int64_t high_e8, low_e8, close_e8;
};

struct frame_state {
	enum timeframe timeframe;
	int64_t seeded_us;    /* the midnight that it was seeded at */
	int64_t bars;	      /* loaded: the seed and those since */
	int64_t seed_bars;    /* of these, before seeded_us */
	int64_t first_bar_us; /* open time of the oldest loaded bar */
	int64_t held;	      /* bars in the ring, at most FRAME_SEED_BARS */
	int64_t next;	      /* where in the ring the next one goes */
	struct sma sma20, sma50, sma200, volume_sma; /* closes; volumes of 20 bars */
	struct ema ema20, ema50, ema200;
	struct rsi rsi;		    /* 14 */
	struct adx adx;		    /* 14 */
	struct atr atr;		    /* 14 */
	struct macd macd;	    /* 12/26/9 */
	struct bollinger bollinger; /* 20 closes, 2 deviations */
	struct stochastic stochastic; /* 14/3/3 */
	struct roc roc;		    /* 10 bars */
	struct realised_volatility realised; /* 20 returns */
	double atr_sum;		    /* over the loaded bars that have an ATR */
	int64_t atr_values;
	struct frame_day day_before; /* the UTC day before seeded_us */
	struct frame_values values[FRAME_VALUES_KEPT]; /* a ring, see frame_state_values() */
	struct candle kept[FRAME_SEED_BARS];	       /* a ring, see frame_state_bar() */
};

/* Empties it. */
void
frame_state_start(struct frame_state *frame, enum timeframe timeframe);

/* A bar older than all that are held, while it is loaded backwards; false once it holds enough. */
bool
frame_state_prepend(struct frame_state *frame, const struct candle *bar);

/* Indicators anew, from the bars held; all of them are from before midnight_us. */
void
frame_state_seed(struct frame_state *frame, int64_t midnight_us);

/* A closed bar, in the order of open times, none of a later day than the state's. */
void
frame_state_push(struct frame_state *frame, const struct candle *bar);

/*
 * The bar `back` bars before the newest (0), which is held.  Asked for thousands of times at a close,
 * so these two stand here.
 */
static inline const struct candle *
frame_state_held(const struct frame_state *frame, int64_t back)
{
	int64_t at = frame->next - 1 - back;

	assert(back >= 0 && back < frame->held);
	return &frame->kept[at < 0 ? at + FRAME_SEED_BARS : at];
}

/* The same; NULL where it is not loaded or no longer held. */
static inline const struct candle *
frame_state_bar(const struct frame_state *frame, int64_t back)
{
	return back < 0 || back >= frame->held ? NULL : frame_state_held(frame, back);
}

/* The values after that bar; NULL beyond FRAME_VALUES_KEPT - 1 or where no bar is loaded. */
const struct frame_values *
frame_state_values(const struct frame_state *frame, int back);

/* Mean of ATR over the loaded bars that have one; NAN below REGIME_ATR_VALUES_MIN of them. */
double
frame_state_mean_atr(const struct frame_state *frame);

/* ATR divided by that mean. */
double
frame_state_atr_ratio(const struct frame_state *frame);

/* End of the newest closed bar; TICK_NONE without one. */
int64_t
frame_state_end_us(const struct frame_state *frame);

#endif
