#include "tickd/mt5/mt5_prices_read.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define TICK_SIZE 6 /* [time_msc, bid, ask, last, volume_real, flags] */
#define BAR_SIZE 8  /* [time, open, high, low, close, tick_volume, spread, real_volume] */
#define M5_S 300

/* An array of exactly `size` elements. */
static bool
is_row(const struct mt5_part *part, size_t size, const char *what)
{
	if (json_is_array(part->json) && json_array_size(part->json) == size)
		return true;
	problem_set(part->problem, -EINVAL, "%s[%zu]: expected %s", part->of, part->place, what);
	return false;
}

static bool
read_tick(const struct mt5_part *part, int64_t least_ms, struct mt5_tick *ret)
{
	struct mt5_field time = mt5_field_element(part, 0);
	int64_t flags;

	if (!is_row(part, TICK_SIZE, "[time_msc, bid, ask, last, volume_real, flags]") ||
	    !mt5_field_milliseconds(time, &ret->server_ms) ||
	    !mt5_field_or_none(mt5_field_element(part, 1), &ret->bid_e8) ||
	    !mt5_field_or_none(mt5_field_element(part, 2), &ret->ask_e8) ||
	    !mt5_field_or_none(mt5_field_element(part, 3), &ret->last_e8) ||
	    !mt5_field_amount(mt5_field_element(part, 4), &ret->volume_e8) ||
	    !mt5_field_integer(mt5_field_element(part, 5), 0, UINT32_MAX, &flags))
		return false;
	ret->flags = (uint32_t)flags;
	return ret->server_ms >= least_ms ||
	    mt5_field_fault(time, "a time no earlier than that of the tick before");
}

static bool
read_ticks_head(const struct mt5_part *message, struct mt5_ticks *ret)
{
	struct mt5_field first = mt5_field_member(message, "first");
	struct mt5_field from = mt5_field_member(message, "from_msc");

	*ret = (struct mt5_ticks){.first = -1, .from_ms = TICK_NONE};
	return mt5_field_text(mt5_field_member(message, "symbol"), ret->symbol,
		   sizeof(ret->symbol)) &&
	    mt5_field_integer(mt5_field_member(message, "seq"), 0, MT5_SEQ_MAX, &ret->seq) &&
	    (!mt5_field_said(first) ||
		mt5_field_integer(first, 0, MT5_FIRST_MAX, &ret->first)) &&
	    (!mt5_field_said(from) || mt5_field_milliseconds(from, &ret->from_ms)) &&
	    mt5_field_array(mt5_field_member(message, "ticks"), MT5_LINE_MAX, &ret->count);
}

int
mt5_ticks_read(const struct mt5_part *message, struct mt5_ticks *ret, struct mt5_tick **ticks,
    size_t *room)
{
	const json_t *array = json_object_get(message->json, "ticks");
	struct mt5_tick *grown;

	if (!read_ticks_head(message, ret))
		return -EINVAL;
	grown = mt5_field_room(*ticks, room, ret->count, sizeof(**ticks));
	if (grown == NULL)
		return -ENOMEM;
	*ticks = ret->ticks = grown;
	for (size_t i = 0; i < ret->count; i++) {
		struct mt5_part part = {json_array_get(array, i), "ticks", i, message->problem};

		if (!read_tick(&part, i > 0 ? grown[i - 1].server_ms : 0, &grown[i]))
			return -EINVAL;
	}
	return 0;
}

static bool
is_spanned(const struct mt5_bar *bar)
{
	return bar->low_e8 <= bar->open_e8 && bar->low_e8 <= bar->close_e8 &&
	    bar->high_e8 >= bar->open_e8 && bar->high_e8 >= bar->close_e8;
}

static bool
read_bar_volume(struct mt5_field field, double *ret)
{
	return mt5_field_double(field, ret) &&
	    (*ret >= 0 || mt5_field_fault(field, "a decimal of 0 or more"));
}

static bool
read_bar_time(struct mt5_field field, int64_t before_s, int64_t *ret)
{
	if (!mt5_field_seconds(field, ret))
		return false;
	if (*ret % M5_S != 0)
		return mt5_field_fault(field, "the start of five minutes");
	return *ret > before_s || mt5_field_fault(field, "a time after that of the bar before");
}

static bool
read_bar(const struct mt5_part *part, int64_t before_s, struct mt5_bar *ret)
{
	if (!is_row(part, BAR_SIZE,
		"[time, open, high, low, close, tick_volume, spread, real_volume]") ||
	    !read_bar_time(mt5_field_element(part, 0), before_s, &ret->server_s) ||
	    !mt5_field_positive(mt5_field_element(part, 1), &ret->open_e8) ||
	    !mt5_field_positive(mt5_field_element(part, 2), &ret->high_e8) ||
	    !mt5_field_positive(mt5_field_element(part, 3), &ret->low_e8) ||
	    !mt5_field_positive(mt5_field_element(part, 4), &ret->close_e8) ||
	    !mt5_field_integer(mt5_field_element(part, 5), 0, MT5_SEQ_MAX, &ret->ticks) ||
	    !read_bar_volume(mt5_field_element(part, 7), &ret->volume))
		return false;
	return is_spanned(ret) ||
	    mt5_field_fault(mt5_field_element(part, 3), "a low below, a high above all prices");
}

static bool
read_bars_head(const struct mt5_part *message, struct mt5_bars *ret)
{
	struct mt5_field timeframe = mt5_field_member(message, "timeframe");
	struct mt5_field last = mt5_field_member(message, "last");

	*ret = (struct mt5_bars){0};
	if (!mt5_field_text(mt5_field_member(message, "symbol"), ret->symbol, sizeof(ret->symbol)))
		return false;
	if (!json_is_string(timeframe.value) ||
	    strcmp(json_string_value(timeframe.value), "M5") != 0)
		return mt5_field_fault(timeframe, "M5");
	return (!mt5_field_said(last) || mt5_field_boolean(last, &ret->last)) &&
	    mt5_field_array(mt5_field_member(message, "bars"), MT5_LINE_MAX, &ret->count);
}

int
mt5_bars_read(const struct mt5_part *message, struct mt5_bars *ret, struct mt5_bar **bars,
    size_t *room)
{
	const json_t *array = json_object_get(message->json, "bars");
	struct mt5_bar *grown;

	if (!read_bars_head(message, ret))
		return -EINVAL;
	grown = mt5_field_room(*bars, room, ret->count, sizeof(**bars));
	if (grown == NULL)
		return -ENOMEM;
	*bars = ret->bars = grown;
	for (size_t i = 0; i < ret->count; i++) {
		struct mt5_part part = {json_array_get(array, i), "bars", i, message->problem};

		if (!read_bar(&part, i > 0 ? grown[i - 1].server_s : 0, &grown[i]))
			return -EINVAL;
	}
	return 0;
}
