/*
 * Exponential moving average, one push a bar, constant work.
 *
 * Convention (Stock.Indicators'): the first value, at the period'th bar, is the mean of the first
 * `period` values; from then on ema += 2 / (period + 1) x (value - ema).
 */
#ifndef ANALYSISD_INDICATORS_EMA_H
#define ANALYSISD_INDICATORS_EMA_H

struct ema {
	int period;
	int seen;     /* values, counted up to period */
	double sum;   /* of the first ones */
	double value; /* NAN until there are period of them */
};

void
ema_init(struct ema *ema, int period);

void
ema_push(struct ema *ema, double value);

/* In the unit of the values; NAN before `period` of them. */
double
ema_value(const struct ema *ema);

#endif
