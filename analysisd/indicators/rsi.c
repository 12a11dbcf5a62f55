#include "analysisd/indicators/rsi.h"

#include <math.h>

void
rsi_init(struct rsi *rsi, int period)
{
	*rsi = (struct rsi){.period = period, .last = NAN};
}

void
rsi_push(struct rsi *rsi, double close)
{
	double change = close - rsi->last, gain, loss;

	rsi->last = close;
	if (isnan(change))
		return;
	gain = change > 0 ? change : 0;
	loss = change < 0 ? -change : 0;
	if (rsi->changes == rsi->period) {
		rsi->gain = (rsi->gain * (rsi->period - 1) + gain) / rsi->period;
		rsi->loss = (rsi->loss * (rsi->period - 1) + loss) / rsi->period;
		return;
	}
	rsi->gain += gain;
	rsi->loss += loss;
	if (++rsi->changes == rsi->period) {
		rsi->gain /= rsi->period;
		rsi->loss /= rsi->period;
	}
}

double
rsi_value(const struct rsi *rsi)
{
	if (rsi->changes < rsi->period || (rsi->gain == 0 && rsi->loss == 0))
		return NAN;
	return rsi->loss > 0 ? 100 - 100 / (1 + rsi->gain / rsi->loss) : 100;
}
