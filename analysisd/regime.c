#include "analysisd/regime.h"

#include <math.h>
#include <stddef.h>

#define LOW_BELOW 0.7
#define HIGH_ABOVE 1.3
#define RANGE_BELOW 0.004

const char *
regime_volatility(double atr_ratio)
{
	if (isnan(atr_ratio))
		return NULL;
	return atr_ratio < LOW_BELOW ? "LOW" : atr_ratio > HIGH_ABOVE ? "HIGH" : "NORMAL";
}

const char *
regime_structure(double relative_width)
{
	if (isnan(relative_width))
		return NULL;
	return relative_width < RANGE_BELOW ? "RANGE" : "TREND";
}
