#include "analysisd/analyses/support_resistance.h"

#include <math.h>
#include <stdlib.h>

#include "analysisd/analyses/inputs.h"
#include "common/decimal.h"
#include "common/tick.h"

/* A bar can be a swing high and a swing low. */
#define SWINGS_MAX (2 * SUPPORT_RESISTANCE_BARS)

struct swing {
	int64_t price_e8, time_us;
};

/* Swings that lie within the tolerance of the lowest of them. */
struct level {
	double price; /* their mean */
	int touches;
	int64_t last_us; /* open time of the newest of them */
};

struct levels {
	int swings, count;
	struct level levels[SWINGS_MAX]; /* the lowest first */
};

/* ---- levels ---- */

static int
collect_swings(const struct frame_state *frame, struct swing swings[static SWINGS_MAX])
{
	int count = 0;

	for (int64_t back = STRUCTURE_SWING_REACH; back < SUPPORT_RESISTANCE_BARS; back++) {
		const struct candle *high = structure_swing_high(frame, back);
		const struct candle *low = structure_swing_low(frame, back);

		if (high != NULL)
			swings[count++] = (struct swing){high->high_e8, high->open_time_us};
		if (low != NULL)
			swings[count++] = (struct swing){low->low_e8, low->open_time_us};
	}
	return count;
}

static int
by_price(const void *a, const void *b)
{
	const struct swing *left = a, *right = b;

	return (left->price_e8 > right->price_e8) - (left->price_e8 < right->price_e8);
}

/* Of swings by price, those that belong with the first; summed from it, for sums are large. */
static struct level
make_level(const struct swing *swings, int count, double tolerance)
{
	double lowest = decimal_to_double(swings[0].price_e8), above = 0;
	struct level level = {.last_us = INT64_MIN};

	for (; level.touches < count; level.touches++) {
		const struct swing *swing = &swings[level.touches];
		double distance = decimal_to_double(swing->price_e8) - lowest;

		if (distance > tolerance)
			break;
		above += distance;
		level.last_us = swing->time_us > level.last_us ? swing->time_us : level.last_us;
	}
	level.price = lowest + above / level.touches;
	return level;
}

static void
find_levels(const struct frame_state *frame, double tolerance, struct levels *levels)
{
	struct swing swings[SWINGS_MAX];

	levels->swings = collect_swings(frame, swings);
	levels->count = 0;
	qsort(swings, (size_t)levels->swings, sizeof(swings[0]), by_price);
	for (int taken = 0; taken < levels->swings;) {
		struct level level = make_level(&swings[taken], levels->swings - taken, tolerance);

		levels->levels[levels->count++] = level;
		taken += level.touches;
	}
}

/* ---- the result ---- */

static void
write_level(struct json_text *json, const struct level *level, double close, double atr)
{
	json_text_open(json, NULL);
	json_text_figure(json, "price", level->price);
	json_text_integer(json, "touches", level->touches);
	json_text_integer(json, "last_us", level->last_us);
	json_text_figure(json, "distance", atr > 0 ? (level->price - close) / atr : NAN);
	json_text_close(json);
}

/* The nearest from `first` on in direction `step`, so that the nearest is the first. */
static void
write_side(struct json_text *json, const char *key, const struct levels *levels, int first,
    int step, double close, double atr)
{
	json_text_open_list(json, key);
	for (int i = 0; i < SUPPORT_RESISTANCE_NEAREST; i++) {
		int at = first + i * step;

		if (at >= 0 && at < levels->count)
			write_level(json, &levels->levels[at], close, atr);
	}
	json_text_close_list(json);
}

static void
write_levels(struct json_text *json, const struct frame_state *frame, double close, double atr)
{
	struct levels levels;
	int above = 0;

	if (isnan(atr)) {
		json_text_word(json, "swings", NULL);
		json_text_word(json, "levels", NULL);
		json_text_word(json, "above", NULL);
		json_text_word(json, "below", NULL);
		return;
	}
	find_levels(frame, SUPPORT_RESISTANCE_TOLERANCE * atr, &levels);
	while (above < levels.count && levels.levels[above].price <= close)
		above++;
	json_text_integer(json, "swings", levels.swings);
	json_text_integer(json, "levels", levels.count);
	write_side(json, "above", &levels, above, 1, close, atr);
	write_side(json, "below", &levels, above - 1, -1, close, atr);
}

static void
write_vwap(struct json_text *json, const struct vwap *vwap)
{
	struct vwap_values values = vwap_values(vwap);

	json_text_open(json, "vwap");
	json_text_figure(json, "value", values.vwap);
	json_text_figure(json, "upper1", values.upper1);
	json_text_figure(json, "lower1", values.lower1);
	json_text_figure(json, "upper2", values.upper2);
	json_text_figure(json, "lower2", values.lower2);
	json_text_close(json);
}

static void
write_day_before(struct json_text *json, const struct frame_day *day)
{
	if (day->close_e8 == TICK_NONE) {
		json_text_word(json, "day_before", NULL);
		return;
	}
	json_text_open(json, "day_before");
	json_text_number(json, "high", decimal_to_double(day->high_e8));
	json_text_number(json, "low", decimal_to_double(day->low_e8));
	json_text_number(json, "close", decimal_to_double(day->close_e8));
	json_text_close(json);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	const struct frame_state *frame = input->frame;
	double close = decimal_to_double(frame_state_held(frame, 0)->close_e8);
	double atr = atr_value(&frame->atr), confidence;

	json_text_start(json);
	json_text_number(json, "price", close);
	json_text_figure(json, "atr14", atr);
	write_levels(json, frame, close, atr);
	if (frame->timeframe == TIMEFRAME_M5)
		write_vwap(json, &input->state->vwap);
	else
		json_text_word(json, "vwap", NULL);
	write_day_before(json, &frame->day_before);
	inputs_write(json, frame);
	confidence = inputs_write_confidence(json, frame);
	json_text_close(json);
	return confidence;
}

const struct analysis support_resistance = {
	.type = "support_resistance",
	.timeframes = TIMEFRAMES_ALL,
	.write = write,
};
