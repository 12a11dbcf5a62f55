/*
 * `volatility_analysis`: how much the price moves, and whether that is much for this symbol.
 * doc/volatility_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_VOLATILITY_ANALYSIS_H
#define ANALYSISD_ANALYSES_VOLATILITY_ANALYSIS_H

#include "analysisd/json_text.h"
#include "analysisd/market_state.h"

/* The figures in units of price; NAN and NULL where they are not defined. */
struct volatility {
	double atr, atr_relative; /* relative to the close */
	double atr_mean, atr_ratio;
	const char *regime, *structure;
	struct bollinger_bands bands;
};

/* Of a state with at least one bar. */
struct volatility
volatility_measure(const struct market_state *state);

void
volatility_analysis_write(struct json_text *json, const struct market_state *state);

#endif
