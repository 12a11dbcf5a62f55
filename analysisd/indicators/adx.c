#include "analysisd/indicators/adx.h"

#include <math.h>
#include <stdbool.h>

void
adx_init(struct adx *adx, int period)
{
	*adx = (struct adx){.period = period, .value = NAN, .last_close = NAN};
}

/* Wilder's running sum: the first `period` are added up, later ones replace their share. */
static double
sum(const struct adx *adx, double before, double added)
{
	return adx->moves < adx->period ? before + added : before - before / adx->period + added;
}

static void
add_move(struct adx *adx, double high, double low)
{
	double rise = high - adx->last_high, fall = adx->last_low - low;
	double range = fmax(high - low,
	    fmax(fabs(high - adx->last_close), fabs(low - adx->last_close)));

	adx->range = sum(adx, adx->range, range);
	adx->up = sum(adx, adx->up, rise > fall && rise > 0 ? rise : 0);
	adx->down = sum(adx, adx->down, fall > rise && fall > 0 ? fall : 0);
	if (adx->moves < adx->period)
		adx->moves++;
}

static void
add_index(struct adx *adx)
{
	struct adx_values now = adx_values(adx);
	double both = now.plus_di + now.minus_di;
	double dx = both > 0 ? 100 * (fabs(now.plus_di - now.minus_di) / both) : 0;

	if (adx->indices == adx->period) {
		adx->value = (adx->value * (adx->period - 1) + dx) / adx->period;
		return;
	}
	adx->dx_sum += dx;
	if (++adx->indices == adx->period)
		adx->value = adx->dx_sum / adx->period;
}

void
adx_push(struct adx *adx, double high, double low, double close)
{
	if (!isnan(adx->last_close)) {
		add_move(adx, high, low);
		if (adx->moves == adx->period)
			add_index(adx);
	}
	adx->last_high = high;
	adx->last_low = low;
	adx->last_close = close;
}

/* Shares are divided first: a share that is at most 1 makes at most 100, whatever the rounding. */
struct adx_values
adx_values(const struct adx *adx)
{
	bool defined = adx->moves == adx->period && adx->range > 0;

	return (struct adx_values){
		.adx = adx->value,
		.plus_di = defined ? 100 * (adx->up / adx->range) : NAN,
		.minus_di = defined ? 100 * (adx->down / adx->range) : NAN,
	};
}
