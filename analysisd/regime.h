/*
 * Regimes of one timeframe from figures already computed (dtms.md, "Regime").  Pure.
 */
#ifndef ANALYSISD_REGIME_H
#define ANALYSISD_REGIME_H

#define REGIME_ATR_VALUES_MIN 24 /* fewer ATR values have no mean worth comparing with */

/* "LOW" below 0.7, "HIGH" above 1.3, else "NORMAL"; NULL where the ratio is NAN. */
const char *
regime_volatility(double atr_ratio);

/* "RANGE" below 0.004 of Bollinger width over its middle, else "TREND"; NULL where it is NAN. */
const char *
regime_structure(double relative_width);

#endif
