/*
 * All that is known of one symbol's candles up to a moment: a frame_state for each timeframe, the
 * bars of longer timeframes that are being made, and the session's VWAP.  Pure: the same candles
 * give the same state to the bit.
 *
 * A state belongs to one UTC day.  At midnight each timeframe's indicators are seeded anew from its
 * last FRAME_SEED_BARS closed bars (dtms.md), and VWAP begins anew.  A state that walks over
 * midnight seeds itself from the bars that it holds; one that begins in the midst of a history is
 * loaded backwards from midnight: market_state_load() until it has enough, then
 * market_state_seed(), then the day's candles.
 *
 * A bar of a longer timeframe is closed when the state has come to the end of its slot, with a
 * candle or without: market_state_advance().  It is `complete` when every M5 slot of it has a
 * candle and each of them is complete.
 */
#ifndef ANALYSISD_MARKET_STATE_H
#define ANALYSISD_MARKET_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/frame_state.h"
#include "analysisd/indicators/vwap.h"
#include "common/candle.h"

#define MARKET_COVERAGE_SLOTS 288 /* the M5 slots that coverage is measured over: a day */

struct market_state {
	unsigned timeframes; /* the set that is kept: bits 1 << enum timeframe, always M5 */
	int64_t day_us;	     /* the midnight that it was seeded at */
	int64_t now_us;	     /* everything before this is in: an M5 slot's edge */
	struct vwap vwap;    /* of M5 bars since day_us: by volume, or by ticks until one has any */
	bool has_volume;     /* one had */
	bool seeds_later;    /* the caller's choice: see market_state_settle() */
	bool seed_due;	     /* the indicators are still those of the day before day_us */
	struct market_open_bar {
		bool begun;
		int64_t slots; /* M5 candles in it */
		struct candle bar;
	} open[TIMEFRAMES]; /* the bar that is being made; M5 has none */
	struct candle loaded[MARKET_COVERAGE_SLOTS]; /* of one day, newest first, while loading */
	int loaded_count;
	struct frame_state frames[TIMEFRAMES]; /* those not kept stay empty */
};

/* Of the MARKET_COVERAGE_SLOTS slots that end with the newest M5 bar's. */
struct market_coverage {
	int slots, present, complete;
};

/*
 * Told of each bar as it closes, when the state is up to date with it and now_us is its end; M5
 * first, then longer ones.
 */
typedef int market_state_closed(void *context, const struct market_state *state,
    enum timeframe timeframe);

/* Empties it for the day that holds time_us. */
void
market_state_start(struct market_state *state, int64_t time_us, unsigned timeframes);

/* Candles from before day_us, newest first.  Returns false once all timeframes have enough. */
bool
market_state_load(struct market_state *state, const struct candle *candle);

/* After the last market_state_load(): the indicators of all timeframes. */
void
market_state_seed(struct market_state *state);

/*
 * Comes to `until_us` (an M5 slot's edge, not before now_us): closes the bars of longer timeframes
 * whose slots end by then, and seeds anew at each midnight on the way.  `closed` may be NULL; what
 * it returns other than 0 ends the call and is returned: the bar is in, and another call goes on.
 */
int
market_state_advance(struct market_state *state, int64_t until_us, market_state_closed *closed,
    void *context);

/*
 * A midnight's seeding takes as long as hundreds of candles.  Where seeds_later is set (after
 * market_state_start(), which clears it) it waits for this, for a free moment; the next push or
 * advance to a later moment does it first.  Until then the frames say what they said at midnight.
 */
void
market_state_settle(struct market_state *state);

/* market_state_advance() to the candle's slot, then the candle, then to its slot's end. */
int
market_state_push(struct market_state *state, const struct candle *candle,
    market_state_closed *closed, void *context);

/* Shorthand for the M5 frame. */
const struct candle *
market_state_bar(const struct market_state *state, int64_t back);

/* NULL where it is not kept. */
const struct frame_state *
market_state_frame(const struct market_state *state, enum timeframe timeframe);

struct market_coverage
market_state_coverage(const struct market_state *state);

#endif
