/*
 * `trend_analysis`: which way the price has been going, and how surely: moving averages, their
 * order and slopes, Wilder's directional movement, and the session's VWAP on M5.
 * doc/trend_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_TREND_ANALYSIS_H
#define ANALYSISD_ANALYSES_TREND_ANALYSIS_H

#include "analysisd/analyses/analysis.h"

#define TREND_SLOPE_BARS 10  /* that slopes are measured over */
#define TREND_FLAT_ATR 0.1   /* prices and averages less than this many ATR apart are the same */
#define TREND_ADX_LEAST 20.0 /* below, there is no direction that +DI and -DI could tell */

extern const struct analysis trend_analysis;

#endif
