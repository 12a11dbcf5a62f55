#include "analysisd/indicators/sma.h"

#include <assert.h>
#include <math.h>

void
sma_init(struct sma *sma, int period)
{
	assert(period >= 1 && period <= SMA_PERIOD_MAX);
	sma->period = period;
	sma->filled = sma->next = 0;
}

void
sma_push(struct sma *sma, double value)
{
	sma->values[sma->next] = value;
	sma->next = (sma->next + 1) % sma->period;
	if (sma->filled < sma->period)
		sma->filled++;
}

double
sma_value(const struct sma *sma)
{
	double sum = 0;

	if (sma->filled < sma->period)
		return NAN;
	/* A full ring's oldest value is where the next one goes. */
	for (int i = sma->next; i < sma->period; i++)
		sum += sma->values[i];
	for (int i = 0; i < sma->next; i++)
		sum += sma->values[i];
	return sum / sma->period;
}
