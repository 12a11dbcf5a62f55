/*
 * `enhanced_symbol_analysis`: one symbol at one candle, at a glance: price, changes, session, the
 * candle, its ticks, who traded, volatility in short.
 * doc/enhanced_symbol_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_ENHANCED_SYMBOL_ANALYSIS_H
#define ANALYSISD_ANALYSES_ENHANCED_SYMBOL_ANALYSIS_H

#include "analysisd/analyses/analysis.h"

extern const struct analysis enhanced_symbol_analysis;

#endif
