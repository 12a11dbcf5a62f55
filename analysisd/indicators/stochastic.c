#include "analysisd/indicators/stochastic.h"

#include <assert.h>
#include <math.h>

void
stochastic_init(struct stochastic *stochastic, int period, int smooth, int signal)
{
	assert(period >= 1 && period <= STOCHASTIC_PERIOD_MAX);
	stochastic->period = period;
	stochastic->filled = stochastic->next = 0;
	sma_init(&stochastic->k, smooth);
	sma_init(&stochastic->d, signal);
}

/* Of a full window.  Divided first: at most 1 makes at most 100, whatever the rounding. */
static double
raw(const struct stochastic *stochastic, double close)
{
	double highest = stochastic->highs[0], lowest = stochastic->lows[0];

	for (int i = 1; i < stochastic->period; i++) {
		highest = fmax(highest, stochastic->highs[i]);
		lowest = fmin(lowest, stochastic->lows[i]);
	}
	return highest > lowest ? 100 * ((close - lowest) / (highest - lowest)) : NAN;
}

void
stochastic_push(struct stochastic *stochastic, double high, double low, double close)
{
	stochastic->highs[stochastic->next] = high;
	stochastic->lows[stochastic->next] = low;
	stochastic->next = (stochastic->next + 1) % stochastic->period;
	if (stochastic->filled < stochastic->period && ++stochastic->filled < stochastic->period)
		return;
	sma_push(&stochastic->k, raw(stochastic, close));
	if (stochastic->k.filled == stochastic->k.period)
		sma_push(&stochastic->d, sma_value(&stochastic->k));
}

struct stochastic_values
stochastic_values(const struct stochastic *stochastic)
{
	return (struct stochastic_values){sma_value(&stochastic->k), sma_value(&stochastic->d)};
}
