/*
 * Stochastic oscillator, one push a bar; the work is one pass over the window.
 *
 * Convention (Stock.Indicators'): raw = 100 x (close - lowest low) / (highest high - lowest low) of
 * the last `period` bars; %K is the mean of the last `smooth` raws, %D the mean of the last
 * `signal` %K.  A raw is not defined where the window is flat, nor is what it goes into.
 */
#ifndef ANALYSISD_INDICATORS_STOCHASTIC_H
#define ANALYSISD_INDICATORS_STOCHASTIC_H

#include "analysisd/indicators/sma.h"

#define STOCHASTIC_PERIOD_MAX 64

struct stochastic {
	int period; /* 1..STOCHASTIC_PERIOD_MAX */
	int filled, next;
	double highs[STOCHASTIC_PERIOD_MAX], lows[STOCHASTIC_PERIOD_MAX];
	struct sma k, d;
};

/* 0..100; NAN where not defined. */
struct stochastic_values {
	double k, d;
};

void
stochastic_init(struct stochastic *stochastic, int period, int smooth, int signal);

void
stochastic_push(struct stochastic *stochastic, double high, double low, double close);

struct stochastic_values
stochastic_values(const struct stochastic *stochastic);

#endif
