#include "analysisd/day_bars.h"

#include <math.h>
#include <stddef.h>

#include "common/candle_fold.h"
#include "common/clock.h"
#include "common/tick.h"

#define VOLUME_MAX 1e20 /* beyond it a source talks nonsense; a sum of such still fits */

decimal_sum
day_bars_volume_e8(double volume)
{
	return (decimal_sum)rint(fmin(volume, VOLUME_MAX) * 1e8);
}

bool
day_bars_sided(const struct candle *bar)
{
	return bar->origin == CANDLE_KLINES ||
	    (bar->origin == CANDLE_TICKS && bar->first_tick_id != TICK_NONE);
}

static void
count(struct day_bars *day, const struct candle *bar)
{
	day->bars++;
	day->trades += bar->trades;
	if (!day_bars_sided(bar))
		return;
	day->sided_bars++;
	day->sided_trades += bar->trades;
	day->sided_volume_e8 += day_bars_volume_e8(bar->volume);
}

struct day_bars
day_bars_before(const struct frame_state *frame, int64_t open_us)
{
	int64_t from_us = candle_fold_slot(open_us, CLOCK_DAY_US) - CLOCK_DAY_US;
	struct day_bars day = {0};
	const struct candle *bar;

	for (int64_t back = 0; (bar = frame_state_bar(frame, back)) != NULL; back++) {
		if (bar->open_time_us < from_us || day.bars == DAY_BARS_MAX)
			break;
		if (bar->open_time_us < open_us)
			count(&day, bar);
	}
	return day;
}

double
day_bars_mean_trades(const struct day_bars *day)
{
	return day->bars > 0 ? (double)day->trades / (double)day->bars : NAN;
}

int64_t
day_bars_large_above(const struct day_bars *day)
{
	decimal_sum above_e8;

	if (day->sided_trades <= 0 || day->sided_volume_e8 <= 0)
		return TICK_NONE;
	above_e8 = DAY_BARS_LARGE * day->sided_volume_e8 / day->sided_trades;
	return above_e8 > INT64_MAX ? INT64_MAX : (int64_t)above_e8;
}

struct day_delta
day_bars_delta(const struct frame_state *frame)
{
	const struct candle *bar = frame_state_bar(frame, 0);
	int64_t from_us = bar == NULL ? 0 : candle_fold_slot(bar->open_time_us, CLOCK_DAY_US);
	struct day_delta day = {0, NAN};
	decimal_sum delta_e8 = 0;

	for (int64_t back = 0; (bar = frame_state_bar(frame, back)) != NULL; back++) {
		if (bar->open_time_us < from_us)
			break;
		if (!day_bars_sided(bar))
			continue;
		day.bars++;
		delta_e8 += 2 * day_bars_volume_e8(bar->taker_buy_volume) -
		    day_bars_volume_e8(bar->volume);
	}
	if (day.bars > 0)
		day.delta = decimal_sum_round(delta_e8, DECIMAL_PLACES);
	return day;
}
