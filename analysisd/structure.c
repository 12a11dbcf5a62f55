#include "analysisd/structure.h"

#include <math.h>
#include <stddef.h>

#include "common/decimal.h"

/* In ten thousandths of the level: prices are held against it exactly, not as doubles. */
#define BOS_UP 10003
#define BOS_DOWN 9997
#define CHOCH_UP 10025
#define CHOCH_DOWN 9975

struct window {
	int64_t high_e8, low_e8;
};

/* Highest high and lowest low of the `count` bars before the newest one. */
static struct window
measure_window(const struct frame_state *frame, int count)
{
	struct window window = {INT64_MIN, INT64_MAX};

	for (int back = 1; back <= count; back++) {
		const struct candle *bar = frame_state_bar(frame, back);

		window.high_e8 = bar->high_e8 > window.high_e8 ? bar->high_e8 : window.high_e8;
		window.low_e8 = bar->low_e8 < window.low_e8 ? bar->low_e8 : window.low_e8;
	}
	return window;
}

static bool
is_above(int64_t close_e8, int64_t level_e8, int share)
{
	return (decimal_sum)close_e8 * 10000 > (decimal_sum)level_e8 * share;
}

static bool
is_below(int64_t close_e8, int64_t level_e8, int share)
{
	return (decimal_sum)close_e8 * 10000 < (decimal_sum)level_e8 * share;
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
	const struct candle *newest = frame_state_bar(frame, 0);
	struct window of10, of15;

	if (frame->held < STRUCTURE_BARS_MIN)
		return (struct structure){.close = NAN, .high10 = NAN, .low10 = NAN, .high15 = NAN,
			.low15 = NAN};
	of10 = measure_window(frame, STRUCTURE_BOS_BARS);
	of15 = measure_window(frame, STRUCTURE_CHOCH_BARS);
	return (struct structure){
		.known = true,
		.bar_us = newest->open_time_us,
		.close = decimal_to_double(newest->close_e8),
		.high10 = decimal_to_double(of10.high_e8),
		.low10 = decimal_to_double(of10.low_e8),
		.high15 = decimal_to_double(of15.high_e8),
		.low15 = decimal_to_double(of15.low_e8),
		.bos_up = is_above(newest->close_e8, of10.high_e8, BOS_UP),
		.bos_down = is_below(newest->close_e8, of10.low_e8, BOS_DOWN),
		.choch_up = is_above(newest->close_e8, of15.high_e8, CHOCH_UP),
		.choch_down = is_below(newest->close_e8, of15.low_e8, CHOCH_DOWN),
		.swing_high = find_swing(frame, is_higher),
		.swing_low = find_swing(frame, is_lower),
	};
}
