#include "analysisd/structure.h"

#include <math.h>
#include <stddef.h>

#include "common/decimal.h"

#define BOS_UP 1.0003
#define BOS_DOWN 0.9997
#define CHOCH_UP 1.0025
#define CHOCH_DOWN 0.9975

/* Highest high and lowest low of the `count` bars before the newest one. */
static void
measure_window(const struct frame_state *frame, int count, double *ret_high, double *ret_low)
{
	int64_t high_e8 = INT64_MIN, low_e8 = INT64_MAX;

	for (int back = 1; back <= count; back++) {
		const struct candle *bar = frame_state_bar(frame, back);

		high_e8 = bar->high_e8 > high_e8 ? bar->high_e8 : high_e8;
		low_e8 = bar->low_e8 < low_e8 ? bar->low_e8 : low_e8;
	}
	*ret_high = decimal_to_double(high_e8);
	*ret_low = decimal_to_double(low_e8);
}

/* ---- swings ---- */

static bool
is_higher(const struct candle *a, const struct candle *b, bool or_equal)
{
	return a->high_e8 > b->high_e8 || (or_equal && a->high_e8 == b->high_e8);
}

static bool
is_lower(const struct candle *a, const struct candle *b, bool or_equal)
{
	return a->low_e8 < b->low_e8 || (or_equal && a->low_e8 == b->low_e8);
}

/* The bar in the middle of 2 x STRUCTURE_SWING_REACH + 1, where it is the extreme of them. */
static const struct candle *
find_swing(const struct frame_state *frame,
    bool (*beyond)(const struct candle *, const struct candle *, bool))
{
	const struct candle *middle = frame_state_bar(frame, STRUCTURE_SWING_REACH);

	for (int away = 1; away <= STRUCTURE_SWING_REACH; away++)
		if (!beyond(middle, frame_state_bar(frame, STRUCTURE_SWING_REACH + away), false) ||
		    !beyond(middle, frame_state_bar(frame, STRUCTURE_SWING_REACH - away), true))
			return NULL;
	return middle;
}

struct structure
structure_measure(const struct frame_state *frame)
{
	struct structure structure = {
		.known = frame->held >= STRUCTURE_BARS_MIN,
		.high10 = NAN, .low10 = NAN, .high15 = NAN, .low15 = NAN, .close = NAN,
	};
	const struct candle *newest = frame_state_bar(frame, 0);

	if (newest == NULL)
		return structure;
	structure.bar_us = newest->open_time_us;
	structure.close = decimal_to_double(newest->close_e8);
	if (!structure.known)
		return structure;
	measure_window(frame, STRUCTURE_BOS_BARS, &structure.high10, &structure.low10);
	measure_window(frame, STRUCTURE_CHOCH_BARS, &structure.high15, &structure.low15);
	structure.bos_up = structure.close > structure.high10 * BOS_UP;
	structure.bos_down = structure.close < structure.low10 * BOS_DOWN;
	structure.choch_up = structure.close > structure.high15 * CHOCH_UP;
	structure.choch_down = structure.close < structure.low15 * CHOCH_DOWN;
	structure.swing_high = find_swing(frame, is_higher);
	structure.swing_low = find_swing(frame, is_lower);
	return structure;
}
