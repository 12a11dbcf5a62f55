/*
 * Realised volatility: the square root of the mean of the last `period` squared log returns, close
 * to close.  Per bar, not annualised, as a fraction (0.01 is one per cent a bar).  One push a bar,
 * constant work; the value is one pass over the window, as an sma's.
 */
#ifndef ANALYSISD_INDICATORS_REALISED_VOLATILITY_H
#define ANALYSISD_INDICATORS_REALISED_VOLATILITY_H

#include "analysisd/indicators/sma.h"

struct realised_volatility {
	struct sma squares; /* of the log returns */
	double last;	    /* NAN before the first close */
};

void
realised_volatility_init(struct realised_volatility *realised, int period);

/* A close that is not above 0 has no return. */
void
realised_volatility_push(struct realised_volatility *realised, double close);

/* NAN before `period` returns. */
double
realised_volatility_value(const struct realised_volatility *realised);

#endif
