#include "analysisd/indicators/realised_volatility.h"

#include <math.h>

void
realised_volatility_init(struct realised_volatility *realised, int period)
{
	sma_init(&realised->squares, period);
	realised->last = NAN;
}

void
realised_volatility_push(struct realised_volatility *realised, double close)
{
	double back = close > 0 && realised->last > 0 ? log(close / realised->last) : NAN;

	realised->last = close;
	if (!isnan(back))
		sma_push(&realised->squares, back * back);
}

double
realised_volatility_value(const struct realised_volatility *realised)
{
	return sqrt(sma_value(&realised->squares));
}
