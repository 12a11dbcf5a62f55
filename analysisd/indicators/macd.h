/*
 * Moving average convergence and divergence, one push a bar, constant work.
 *
 * Convention (Stock.Indicators'): line = EMA(fast) - EMA(slow) of the closes, each seeded with its
 * own SMA; signal = EMA of the line, seeded with the SMA of its first values; histogram = line -
 * signal.
 */
#ifndef ANALYSISD_INDICATORS_MACD_H
#define ANALYSISD_INDICATORS_MACD_H

#include "analysisd/indicators/ema.h"

struct macd {
	struct ema fast, slow, signal;
};

/* In units of price; NAN where not defined. */
struct macd_values {
	double line, signal, histogram;
};

void
macd_init(struct macd *macd, int fast, int slow, int signal);

void
macd_push(struct macd *macd, double close);

struct macd_values
macd_values(const struct macd *macd);

#endif
