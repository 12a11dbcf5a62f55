/*
 * `enhanced_symbol_analysis`: one symbol at one candle, at a glance: price, changes, session, the
 * candle, its ticks, who traded, volatility in short.
 * doc/enhanced_symbol_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_ENHANCED_SYMBOL_ANALYSIS_H
#define ANALYSISD_ANALYSES_ENHANCED_SYMBOL_ANALYSIS_H

#include "analysisd/candle_ticks.h"
#include "analysisd/json_text.h"
#include "analysisd/market_state.h"

/* `ticks` are those of the newest bar; none were added where it has none.  They are used up. */
void
enhanced_symbol_analysis_write(struct json_text *json, const struct market_state *state,
    struct candle_ticks *ticks);

#endif
