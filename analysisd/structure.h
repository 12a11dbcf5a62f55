/*
 * What the newest closed bar did to the structure of the market (dtms.md, "Raw scores"): breaks of
 * structure, changes of character, and swings that it confirmed.  Pure.  DTMS and the analyses use
 * this and nothing else; what happened is stored in market_facts, each fact once.
 *
 * The bar itself is never in its window:
 *  BOS up: close > max(high of the 10 bars before it) x 1.0003; down: close < min(low) x 0.9997.
 *  CHOCH down: close < min(low of the 15 bars before it) x 0.9975; up: close > max(high) x 1.0025.
 *  swing high: a high above those of the two bars before it and not below those of the two after
 *  it; known at the close of the second bar after it.  swing low: mirrored.
 * Prices are compared exactly: a close that equals its threshold breaks nothing.
 */
#ifndef ANALYSISD_STRUCTURE_H
#define ANALYSISD_STRUCTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/frame_state.h"

#define STRUCTURE_BOS_BARS 10
#define STRUCTURE_CHOCH_BARS 15
#define STRUCTURE_BARS_MIN (STRUCTURE_CHOCH_BARS + 1) /* fewer: nothing can be said */
#define STRUCTURE_SWING_REACH 2

struct structure {
	bool known; /* of STRUCTURE_BARS_MIN bars; all below is false, 0, NAN or NULL otherwise */
	int64_t bar_us; /* open time of the newest bar */
	double close;
	double high10, low10, high15, low15; /* of the bars before it */
	bool bos_up, bos_down, choch_up, choch_down;
	/* Confirmed by the newest bar; NULL: none.  The frame's, until its next bar. */
	const struct candle *swing_high, *swing_low;
};

struct structure
structure_measure(const struct frame_state *frame);

/* ---- looking back over the held bars, as structure_measure() saw each when it closed ---- */

/* The newest bar that broke structure. */
struct structure_break {
	int64_t back; /* bars before the newest; -1: none of those that can be judged did */
	int64_t bar_us;
	int direction; /* +1 up, -1 down */
};

struct structure_break
structure_last_bos(const struct frame_state *frame);

struct structure_break
structure_last_choch(const struct frame_state *frame);

/* The bar `back` bars before the newest where it is a confirmed swing; NULL otherwise. */
const struct candle *
structure_swing_high(const struct frame_state *frame, int64_t back);

const struct candle *
structure_swing_low(const struct frame_state *frame, int64_t back);

#endif
