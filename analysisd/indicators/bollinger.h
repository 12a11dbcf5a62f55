/*
 * Bollinger bands: the mean of the last `period` closes and `deviations` population standard
 * deviations around it.  One push a candle; the work is one pass over the window, so that values
 * depend on the window alone and no error grows with the number of candles.
 */
#ifndef ANALYSISD_INDICATORS_BOLLINGER_H
#define ANALYSISD_INDICATORS_BOLLINGER_H

#define BOLLINGER_PERIOD_MAX 64

struct bollinger {
	int period;	   /* 1..BOLLINGER_PERIOD_MAX */
	double deviations;
	int filled, next;  /* closes held; where the next one goes */
	double closes[BOLLINGER_PERIOD_MAX];
};

/* In units of price; all NAN while they are not defined. */
struct bollinger_bands {
	double upper, middle, lower;
	double width;	       /* upper - lower */
	double relative_width; /* width / middle */
};

void
bollinger_init(struct bollinger *bollinger, int period, double deviations);

void
bollinger_push(struct bollinger *bollinger, double close);

struct bollinger_bands
bollinger_bands(const struct bollinger *bollinger);

#endif
