/*
 * What every analysis says of itself: the candle and the bars that it was computed from, and how
 * its confidence came about.
 */
#ifndef ANALYSISD_ANALYSES_INPUTS_H
#define ANALYSISD_ANALYSES_INPUTS_H

#include "analysisd/json_text.h"
#include "analysisd/market_state.h"

/* "inputs": the newest candle, its revision, and the loaded bars. */
void
inputs_write(struct json_text *json, const struct frame_state *frame);

/* 0..1: the share of the last MARKET_COVERAGE_SLOTS slots that are stored and complete. */
double
inputs_confidence(const struct market_state *state);

/* "confidence": that figure and what it counts. */
void
inputs_write_confidence(struct json_text *json, const struct market_state *state);

#endif
