#include "analysisd/indicators/macd.h"

#include <math.h>

void
macd_init(struct macd *macd, int fast, int slow, int signal)
{
	ema_init(&macd->fast, fast);
	ema_init(&macd->slow, slow);
	ema_init(&macd->signal, signal);
}

static double
line(const struct macd *macd)
{
	return ema_value(&macd->fast) - ema_value(&macd->slow);
}

void
macd_push(struct macd *macd, double close)
{
	ema_push(&macd->fast, close);
	ema_push(&macd->slow, close);
	if (!isnan(line(macd)))
		ema_push(&macd->signal, line(macd));
}

struct macd_values
macd_values(const struct macd *macd)
{
	double signal = ema_value(&macd->signal);

	return (struct macd_values){line(macd), signal, line(macd) - signal};
}
