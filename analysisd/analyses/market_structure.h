/*
 * `market_structure`: what the bar did to the structure of the market and where that stands:
 * breaks, the newest swings, higher highs or lower lows.  What happened is a row of market_facts;
 * here it is named by that row's time_us.
 * doc/market_structure.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_MARKET_STRUCTURE_H
#define ANALYSISD_ANALYSES_MARKET_STRUCTURE_H

#include "analysisd/analyses/analysis.h"

#define MARKET_STRUCTURE_SWINGS 3   /* the newest of either kind */
#define MARKET_STRUCTURE_RECENT 50  /* a break votes until it is this many bars old */

extern const struct analysis market_structure;

#endif
