/*
 * Relative strength index after Wilder, one push a bar, constant work.
 *
 * Convention (Stock.Indicators'): the first value, at bar period + 1, is of the means of the first
 * `period` gains and losses; from then on mean = (mean x (period - 1) + new) / period.
 * rsi = 100 - 100 / (1 + gain / loss); 100 without a loss; not defined where nothing moved at all.
 */
#ifndef ANALYSISD_INDICATORS_RSI_H
#define ANALYSISD_INDICATORS_RSI_H

struct rsi {
	int period;
	int changes;	   /* seen, counted up to period */
	double gain, loss; /* sums of the first ones, then Wilder's means */
	double last;	   /* NAN before the first close */
};

void
rsi_init(struct rsi *rsi, int period);

void
rsi_push(struct rsi *rsi, double close);

/* 0..100; NAN while it is not defined. */
double
rsi_value(const struct rsi *rsi);

#endif
