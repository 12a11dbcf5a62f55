/*
 * What every analysis says of itself: the bars that it was computed from, and how its confidence
 * came about.
 *
 * Coverage is the share of slots whose bar is there and complete: of M5, of the 288 slots of the
 * 24 hours that end with the newest bar; of a longer timeframe, of the slots from the newest bar
 * back to the 50th newest, or to the oldest of fewer.  A slot without trades has no bar and counts
 * as missing: what is not there cannot be told from what was missed.
 */
#ifndef ANALYSISD_ANALYSES_INPUTS_H
#define ANALYSISD_ANALYSES_INPUTS_H

#include "analysisd/frame_state.h"
#include "analysisd/json_text.h"

#define INPUTS_M5_SLOTS 288
#define INPUTS_LONGER_BARS 50

struct inputs_coverage {
	int64_t slots, present, complete;
};

/* Of a frame with at least one bar, as all below. */
struct inputs_coverage
inputs_coverage(const struct frame_state *frame);

/* complete / slots, 0..1. */
double
inputs_confidence(const struct frame_state *frame);

/* "inputs": the newest bar's revision, completeness and origin, and the loaded bars. */
void
inputs_write(struct json_text *json, const struct frame_state *frame);

/* "confidence": inputs_confidence(), which it returns, and what that counts. */
double
inputs_write_confidence(struct json_text *json, const struct frame_state *frame);

/*
 * "confidence" of a verdict: coverage x agreement, and both.  Returns the product; NAN where the
 * agreement is.
 */
double
inputs_write_agreement(struct json_text *json, const struct frame_state *frame, double agreement);

#endif
