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

/* True when the bar had STRUCTURE_BARS_MIN bars, itself among them, when it closed. */
static bool
is_known(const struct frame_state *frame, int64_t back)
{
	return back >= 0 && frame->held - back >= STRUCTURE_BARS_MIN;
}

/* The bar in the middle of 2 x STRUCTURE_SWING_REACH + 1, where it is the extreme of them. */
static const struct candle *
find_swing(const struct frame_state *frame, int64_t back,
    bool (*beyond)(const struct candle *, const struct candle *, bool))
{
	const struct candle *middle = frame_state_bar(frame, back);

	if (!is_known(frame, back - STRUCTURE_SWING_REACH))
		return NULL;
	for (int away = 1; away <= STRUCTURE_SWING_REACH; away++)
		if (!beyond(middle, frame_state_bar(frame, back + away), false) ||
		    !beyond(middle, frame_state_bar(frame, back - away), true))
			return NULL;
	return middle;
}

const struct candle *
structure_swing_high(const struct frame_state *frame, int64_t back)
{
	return find_swing(frame, back, is_higher);
}

const struct candle *
structure_swing_low(const struct frame_state *frame, int64_t back)
{
	return find_swing(frame, back, is_lower);
}

/* ---- the newest bar ---- */

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
	structure.swing_high = structure_swing_high(frame, STRUCTURE_SWING_REACH);
	structure.swing_low = structure_swing_low(frame, STRUCTURE_SWING_REACH);
	return structure;
}

/* ---- breaks, looking back ---- */

/* How far beyond the window's extremes is a break, and how long the window is. */
struct break_rule {
	int bars;
	double up, down;
};

/* Beyond all `bars` of the window is beyond its extreme; most bars fail at the first. */
static bool
broke_up(const struct frame_state *frame, int64_t back, const struct break_rule *rule)
{
	double close = decimal_to_double(frame_state_bar(frame, back)->close_e8);

	for (int64_t before = back + 1; before <= back + rule->bars; before++)
		if (!(close > decimal_to_double(frame_state_bar(frame, before)->high_e8) * rule->up))
			return false;
	return true;
}

static bool
broke_down(const struct frame_state *frame, int64_t back, const struct break_rule *rule)
{
	double close = decimal_to_double(frame_state_bar(frame, back)->close_e8);

	for (int64_t before = back + 1; before <= back + rule->bars; before++)
		if (!(close < decimal_to_double(frame_state_bar(frame, before)->low_e8) * rule->down))
			return false;
	return true;
}

static struct structure_break
last_break(const struct frame_state *frame, const struct break_rule *rule)
{
	for (int64_t back = 0; is_known(frame, back); back++) {
		int direction = broke_up(frame, back, rule) - broke_down(frame, back, rule);

		if (direction != 0)
			return (struct structure_break){
				back, frame_state_bar(frame, back)->open_time_us, direction};
	}
	return (struct structure_break){.back = -1};
}

struct structure_break
structure_last_bos(const struct frame_state *frame)
{
	return last_break(frame, &(struct break_rule){STRUCTURE_BOS_BARS, BOS_UP, BOS_DOWN});
}

struct structure_break
structure_last_choch(const struct frame_state *frame)
{
	return last_break(frame, &(struct break_rule){STRUCTURE_CHOCH_BARS, CHOCH_UP, CHOCH_DOWN});
}
