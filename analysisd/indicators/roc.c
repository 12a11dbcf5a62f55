#include "analysisd/indicators/roc.h"

#include <assert.h>
#include <math.h>

void
roc_init(struct roc *roc, int period)
{
	assert(period >= 1 && period <= ROC_PERIOD_MAX);
	roc->period = period;
	roc->filled = roc->next = 0;
}

void
roc_push(struct roc *roc, double close)
{
	roc->closes[roc->next] = close;
	roc->next = (roc->next + 1) % (roc->period + 1);
	if (roc->filled <= roc->period)
		roc->filled++;
}

double
roc_value(const struct roc *roc)
{
	double then, now;

	if (roc->filled <= roc->period)
		return NAN;
	/* A full ring's oldest close is where the next one goes, its newest before that. */
	then = roc->closes[roc->next];
	now = roc->closes[(roc->next + roc->period) % (roc->period + 1)];
	return then > 0 ? 100 * (now / then - 1) : NAN;
}
