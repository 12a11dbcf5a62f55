/*
 * Simple moving average: the mean of the last `period` values, one push a bar.
 *
 * A push is constant work.  The sum is made anew, oldest first, each time that it is asked for, one
 * pass over the window: the value depends on the window alone, and no error grows with the bars.
 */
#ifndef ANALYSISD_INDICATORS_SMA_H
#define ANALYSISD_INDICATORS_SMA_H

#define SMA_PERIOD_MAX 200

struct sma {
	int period;	  /* 1..SMA_PERIOD_MAX */
	int filled, next; /* values held; where the next one goes */
	double values[SMA_PERIOD_MAX];
};

void
sma_init(struct sma *sma, int period);

void
sma_push(struct sma *sma, double value);

/* In the unit of the values; NAN before `period` of them. */
double
sma_value(const struct sma *sma);

#endif
