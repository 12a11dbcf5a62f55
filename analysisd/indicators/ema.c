#include "analysisd/indicators/ema.h"

#include <math.h>

void
ema_init(struct ema *ema, int period)
{
	*ema = (struct ema){.period = period, .value = NAN};
}

void
ema_push(struct ema *ema, double value)
{
	if (ema->seen == ema->period) {
		ema->value += 2.0 / (ema->period + 1) * (value - ema->value);
		return;
	}
	ema->sum += value;
	if (++ema->seen == ema->period)
		ema->value = ema->sum / ema->period;
}

double
ema_value(const struct ema *ema)
{
	return ema->value;
}
