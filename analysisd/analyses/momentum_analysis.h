/*
 * `momentum_analysis`: how hard the price is pushed and whether the push grows: RSI, MACD,
 * stochastic, rate of change, volume.
 * doc/momentum_analysis.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_MOMENTUM_ANALYSIS_H
#define ANALYSISD_ANALYSES_MOMENTUM_ANALYSIS_H

#include "analysisd/analyses/analysis.h"

#define MOMENTUM_RSI_SLACK 5.0	       /* RSI votes where it is further from 50 */
#define MOMENTUM_STOCHASTIC_SLACK 10.0 /* and %K */
#define MOMENTUM_VOLUME_RATIO 1.5      /* from here on volume speaks for the way the bar went */

extern const struct analysis momentum_analysis;

#endif
