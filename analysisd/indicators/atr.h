/*
 * Average true range after Wilder, one push a candle, constant work.
 *
 * Convention (Stock.Indicators'): the first candle has no true range, for there is no close before
 * it; the first value, at candle period + 1, is the mean of the first `period` true ranges; from
 * then on atr += (tr - atr) / period in the form (atr * (period - 1) + tr) / period.
 */
#ifndef ANALYSISD_INDICATORS_ATR_H
#define ANALYSISD_INDICATORS_ATR_H

struct atr {
	int period;
	int ranges;	   /* true ranges seen, counted up to period */
	double sum;	   /* of the first ranges, until there are period of them */
	double value;	   /* NAN until then */
	double last_close; /* NAN before the first candle */
};

void
atr_init(struct atr *atr, int period);

void
atr_push(struct atr *atr, double high, double low, double close);

/* In units of price; NAN while it is not defined. */
double
atr_value(const struct atr *atr);

#endif
