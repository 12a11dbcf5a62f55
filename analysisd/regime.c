#include "analysisd/regime.h"

#include <math.h>
#include <stddef.h>

#define LOW_BELOW 0.7
#define HIGH_ABOVE 1.3
#define RANGE_BELOW 0.004

#define THRESHOLD_LEAST 0.5 /* of the base */
#define THRESHOLD_MOST 1.8

enum volatility_regime
regime_volatility(double atr_ratio)
{
	if (isnan(atr_ratio))
		return VOLATILITY_UNKNOWN;
	return atr_ratio < LOW_BELOW ? VOLATILITY_LOW :
	    atr_ratio > HIGH_ABOVE   ? VOLATILITY_HIGH : VOLATILITY_NORMAL;
}

enum structure_regime
regime_structure(double relative_width)
{
	if (isnan(relative_width))
		return STRUCTURE_UNKNOWN;
	return relative_width < RANGE_BELOW ? STRUCTURE_RANGE : STRUCTURE_TREND;
}

const char *
regime_volatility_name(enum volatility_regime volatility)
{
	static const char *const names[] = {NULL, "LOW", "NORMAL", "HIGH"};

	return names[volatility];
}

const char *
regime_structure_name(enum structure_regime structure)
{
	static const char *const names[] = {NULL, "RANGE", "TREND"};

	return names[structure];
}

double
regime_vwap_threshold(double base, const struct regime *regime)
{
	static const double of_session[] = {
		[SESSION_ASIAN] = 1.5,
		[SESSION_LONDON] = 1,
		[SESSION_NEW_YORK] = 0.8,
		[SESSION_OVERLAP] = 0.7,
	};
	static const double of_volatility[] = {1, 1.4, 1, 0.8}, of_structure[] = {1, 1.3, 1};
	double factor = of_session[regime->session] * of_volatility[regime->volatility] *
	    of_structure[regime->structure];

	return base * fmin(fmax(factor, THRESHOLD_LEAST), THRESHOLD_MOST);
}
