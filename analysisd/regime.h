/*
 * The regime of a market (dtms.md, "Regime"), from figures already computed: on M15 for DTMS, on
 * each timeframe for the analyses.  Pure.
 */
#ifndef ANALYSISD_REGIME_H
#define ANALYSISD_REGIME_H

#include "analysisd/session.h"

#define REGIME_ATR_VALUES_MIN 24 /* fewer ATR values have no mean worth comparing with */

enum volatility_regime { VOLATILITY_UNKNOWN, VOLATILITY_LOW, VOLATILITY_NORMAL, VOLATILITY_HIGH };
enum structure_regime { STRUCTURE_UNKNOWN, STRUCTURE_RANGE, STRUCTURE_TREND };

struct regime {
	enum session session;
	enum volatility_regime volatility;
	enum structure_regime structure;
};

/* LOW below 0.7, HIGH above 1.3, else NORMAL; UNKNOWN where the ratio is NAN. */
enum volatility_regime
regime_volatility(double atr_ratio);

/* RANGE below 0.004 of Bollinger width over its middle, else TREND; UNKNOWN where it is NAN. */
enum structure_regime
regime_structure(double relative_width);

/* "LOW", "NORMAL", "HIGH"; NULL for UNKNOWN. */
const char *
regime_volatility_name(enum volatility_regime volatility);

/* "RANGE", "TREND"; NULL for UNKNOWN. */
const char *
regime_structure_name(enum structure_regime structure);

/*
 * The slope of VWAP that counts as a flip: base x session x volatility x structure, clamped to
 * 0.5 .. 1.8 x base.  Session: Asian 1.5, London 1, NewYork 0.8, Overlap 0.7; LOW 1.4, HIGH 0.8;
 * RANGE 1.3; UNKNOWN and all others 1.
 */
double
regime_vwap_threshold(double base, const struct regime *regime);

#endif
