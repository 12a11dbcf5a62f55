#include "tickd/feed/feed_figures.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/decimal.h"

#define SMOOTHING 0.1 /* the weight of the last second in a rate */

struct feed_figures *
feed_figures_create(const struct string_list *symbols)
{
	struct feed_figures *figures =
	    calloc(1, sizeof(*figures) + symbols->count * sizeof(figures->symbols[0]));

	if (figures != NULL)
		figures->names = symbols;
	return figures;
}

void
feed_figures_free(struct feed_figures *figures)
{
	free(figures);
}

void
feed_figures_trade(struct feed_figures *figures, const struct tick *tick)
{
	struct symbol_figures *symbol = &figures->symbols[tick->symbol];

	figures->ticks++;
	symbol->ticks++;
	symbol->newest = *tick;
}

static double
smooth(double before, int64_t ticks, double seconds)
{
	double now = (double)ticks / seconds;

	return before == 0 ? now : before + SMOOTHING * (now - before);
}

void
feed_figures_second(struct feed_figures *figures, int64_t now_monotonic_us)
{
	double seconds = (double)(now_monotonic_us - figures->looked_us) / 1e6;

	if (figures->looked_us != 0 && seconds > 0) {
		figures->per_second = smooth(figures->per_second,
		    figures->ticks - figures->ticks_before, seconds);
		for (size_t i = 0; i < figures->names->count; i++) {
			struct symbol_figures *symbol = &figures->symbols[i];

			symbol->per_second = smooth(symbol->per_second,
			    symbol->ticks - symbol->ticks_before, seconds);
		}
	}
	figures->looked_us = now_monotonic_us;
	figures->ticks_before = figures->ticks;
	for (size_t i = 0; i < figures->names->count; i++)
		figures->symbols[i].ticks_before = figures->symbols[i].ticks;
}

/* A price as an exact decimal string, null where there is none. */
static json_t *
price_json(int64_t value_e8)
{
	char text[DECIMAL_SIZE];

	if (value_e8 == TICK_NONE)
		return json_null();
	decimal_format(value_e8, 2, text);
	return json_string(text);
}

static json_t *
symbol_json(const struct feed_figures *figures, size_t i)
{
	const struct symbol_figures *symbol = &figures->symbols[i];
	json_t *json = json_pack("{s:s, s:I, s:f, s:b}", "symbol", figures->names->items[i],
	    "ticks", (json_int_t)symbol->ticks, "ticks_per_second", symbol->per_second, "silent",
	    symbol->silent);

	if (symbol->ticks == 0)
		return json;
	json_object_set_new(json, "last_tick_us", json_integer(symbol->newest.time_us));
	json_object_set_new(json, "price", price_json(symbol->newest.price_e8));
	json_object_set_new(json, "bid", price_json(symbol->newest.bid_e8));
	json_object_set_new(json, "ask", price_json(symbol->newest.ask_e8));
	return json;
}

json_t *
feed_figures_json(const struct feed_figures *figures, const char *name, const char *source,
    const char *state)
{
	json_t *symbols = json_array();
	json_t *json = json_pack("{s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	    "name", name, "source", source, "state", state, "ticks_per_second",
	    figures->per_second, "ticks", (json_int_t)figures->ticks, "frames",
	    (json_int_t)figures->frames, "malformed", (json_int_t)figures->malformed, "unknown",
	    (json_int_t)figures->unknown, "oversize", (json_int_t)figures->oversize, "foreign",
	    (json_int_t)figures->foreign, "reconnects", (json_int_t)figures->reconnects, "rotations",
	    (json_int_t)figures->rotations, "symbols", symbols);

	if (json == NULL)
		return NULL;
	for (size_t i = 0; i < figures->names->count; i++)
		json_array_append_new(symbols, symbol_json(figures, i));
	if (figures->newest_us != 0) {
		json_object_set_new(json, "last_tick_us", json_integer(figures->newest_us));
		json_object_set_new(json, "lag_ms",
		    json_integer((clock_wall_us() - figures->newest_us) / CLOCK_MS_US));
	}
	return json;
}
