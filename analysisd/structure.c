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
		const struct candle *bar = frame_state_held(frame, back);

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

/* True when the bar had STRUCTURE_BARS_MIN bars, itself among them, when it closed. */
static bool
is_known(const struct frame_state *frame, int64_t back)
{
	return back >= 0 && frame->held - back >= STRUCTURE_BARS_MIN;
}

/*
 * The bar in the middle of 2 x STRUCTURE_SWING_REACH + 1, where it is the extreme of them.
 * Inlined: hundreds of bars are looked at for each result, most of them told by one comparison.
 */
__attribute__((always_inline)) static inline const struct candle *
find_swing(const struct frame_state *frame, int64_t back,
    bool (*beyond)(const struct candle *, const struct candle *, bool))
{
	const struct candle *middle = frame_state_bar(frame, back);

	if (!is_known(frame, back - STRUCTURE_SWING_REACH))
		return NULL;
	for (int away = 1; away <= STRUCTURE_SWING_REACH; away++)
		if (!beyond(middle, frame_state_held(frame, back + away), false) ||
		    !beyond(middle, frame_state_held(frame, back - away), true))
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
		.swing_high = structure_swing_high(frame, STRUCTURE_SWING_REACH),
		.swing_low = structure_swing_low(frame, STRUCTURE_SWING_REACH),
	};
}

/* ---- breaks, looking back ---- */

/* How far beyond the window's extremes is a break, and how long the window is. */
struct break_rule {
	int bars;
	int up, down;
};

/* Beyond all `bars` bars of the window is beyond its extreme. */
static bool
broke_up(const struct frame_state *frame, int64_t back, const struct break_rule *rule)
{
	int64_t close_e8 = frame_state_held(frame, back)->close_e8;

	for (int64_t before = back + 1; before <= back + rule->bars; before++)
		if (!is_above(close_e8, frame_state_held(frame, before)->high_e8, rule->up))
			return false;
	return true;
}

static bool
broke_down(const struct frame_state *frame, int64_t back, const struct break_rule *rule)
{
	int64_t close_e8 = frame_state_held(frame, back)->close_e8;

	for (int64_t before = back + 1; before <= back + rule->bars; before++)
		if (!is_below(close_e8, frame_state_held(frame, before)->low_e8, rule->down))
			return false;
	return true;
}

/* Most bars close within the bar before them, which is told at a glance. */
static struct structure_break
last_break(const struct frame_state *frame, const struct break_rule *rule)
{
	for (int64_t back = 0; is_known(frame, back); back++) {
		const struct candle *bar = frame_state_held(frame, back);
		const struct candle *before = frame_state_held(frame, back + 1);

		if (bar->close_e8 > before->high_e8 && broke_up(frame, back, rule))
			return (struct structure_break){back, bar->open_time_us, +1};
		if (bar->close_e8 < before->low_e8 && broke_down(frame, back, rule))
			return (struct structure_break){back, bar->open_time_us, -1};
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
