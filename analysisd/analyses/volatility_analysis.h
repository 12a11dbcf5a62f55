/*
 * `volatility_analysis`: how much the price moves, and whether that is much for this symbol.
 * doc/volatility_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_VOLATILITY_ANALYSIS_H
#define ANALYSISD_ANALYSES_VOLATILITY_ANALYSIS_H

#include "analysisd/analyses/analysis.h"
#include "analysisd/regime.h"

/* The figures in units of price; NAN and NULL where they are not defined. */
struct volatility {
	double atr, atr_relative; /* relative to the close */
	double atr_mean, atr_ratio;
	enum volatility_regime regime;
	enum structure_regime structure;
	struct bollinger_bands bands;
};

/* Of a frame with at least one bar. */
struct volatility
volatility_measure(const struct frame_state *frame);

extern const struct analysis volatility_analysis;

#endif
