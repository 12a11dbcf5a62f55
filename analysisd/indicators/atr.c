#include "analysisd/indicators/atr.h"

#include <math.h>

void
atr_init(struct atr *atr, int period)
{
	*atr = (struct atr){.period = period, .value = NAN, .last_close = NAN};
}

static double
true_range(double high, double low, double last_close)
{
	return fmax(high - low, fmax(fabs(high - last_close), fabs(low - last_close)));
}

void
atr_push(struct atr *atr, double high, double low, double close)
{
	double range, last_close = atr->last_close;

	atr->last_close = close;
	if (isnan(last_close))
		return;
	range = true_range(high, low, last_close);
	if (atr->ranges == atr->period) {
		atr->value = (atr->value * (atr->period - 1) + range) / atr->period;
		return;
	}
	atr->sum += range;
	if (++atr->ranges == atr->period)
		atr->value = atr->sum / atr->period;
}

double
atr_value(const struct atr *atr)
{
	return atr->value;
}
