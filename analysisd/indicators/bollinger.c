#include "analysisd/indicators/bollinger.h"

#include <assert.h>
#include <math.h>

void
bollinger_init(struct bollinger *bollinger, int period, double deviations)
{
	assert(period >= 1 && period <= BOLLINGER_PERIOD_MAX);
	*bollinger = (struct bollinger){.period = period, .deviations = deviations};
}

void
bollinger_push(struct bollinger *bollinger, double close)
{
	bollinger->closes[bollinger->next] = close;
	bollinger->next = (bollinger->next + 1) % bollinger->period;
	if (bollinger->filled < bollinger->period)
		bollinger->filled++;
}

/* The close pushed `age` candles ago, 0 being the newest. */
static double
close_of_age(const struct bollinger *bollinger, int age)
{
	return bollinger->closes[(bollinger->next - 1 - age + 2 * bollinger->period) %
	    bollinger->period];
}

/* Oldest first, so that the sum does not depend on where in the ring the window lies. */
static double
mean(const struct bollinger *bollinger)
{
	double sum = 0;

	for (int age = bollinger->period - 1; age >= 0; age--)
		sum += close_of_age(bollinger, age);
	return sum / bollinger->period;
}

static double
population_sigma(const struct bollinger *bollinger, double middle)
{
	double squares = 0;

	for (int age = bollinger->period - 1; age >= 0; age--) {
		double distance = close_of_age(bollinger, age) - middle;

		squares += distance * distance;
	}
	return sqrt(squares / bollinger->period);
}

struct bollinger_bands
bollinger_bands(const struct bollinger *bollinger)
{
	double middle, reach;

	if (bollinger->filled < bollinger->period)
		return (struct bollinger_bands){NAN, NAN, NAN, NAN, NAN};
	middle = mean(bollinger);
	reach = bollinger->deviations * population_sigma(bollinger, middle);
	return (struct bollinger_bands){
		.upper = middle + reach,
		.middle = middle,
		.lower = middle - reach,
		.width = 2 * reach,
		.relative_width = middle == 0 ? NAN : 2 * reach / middle,
	};
}
