/*
 * `support_resistance`: where the price turned before: levels made of swings that lie close
 * together, the nearest above and below; the session's VWAP and its bands on M5; yesterday.
 * doc/support_resistance.schema.json describes the result.
 */
#ifndef ANALYSISD_ANALYSES_SUPPORT_RESISTANCE_H
#define ANALYSISD_ANALYSES_SUPPORT_RESISTANCE_H

#include "analysisd/analyses/analysis.h"

#define SUPPORT_RESISTANCE_BARS 200	  /* that swings are looked for in */
#define SUPPORT_RESISTANCE_TOLERANCE 0.25 /* ATR: how far a level's swings lie apart at most */
#define SUPPORT_RESISTANCE_NEAREST 3	  /* levels told on either side */

extern const struct analysis support_resistance;

#endif
