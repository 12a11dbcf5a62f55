#include "tickd/mt5/mt5_source_state.h"

#include "common/clock.h"
#include "common/decimal.h"

static json_t *
price_json(int64_t price_e8)
{
	char text[DECIMAL_SIZE];

	if (price_e8 == TICK_NONE)
		return json_null();
	decimal_format(price_e8, 2, text);
	return json_string(text);
}

static json_t *
symbols_json(const struct mt5_source *source, int64_t *ret_newest_us)
{
	json_t *array = json_array();

	*ret_newest_us = TICK_NONE;
	for (size_t i = 0; i < source->symbols.count; i++) {
		const struct mt5_known_symbol *symbol = &source->symbols.all[i];

		json_array_append_new(array, json_pack("{s:s, s:I, s:o, s:o, s:o}", "symbol",
		    symbol->name, "ticks", (json_int_t)symbol->ticks, "last_tick_us",
		    symbol->newest_us == TICK_NONE ? json_null() :
						     json_integer(symbol->newest_us),
		    "bid", price_json(symbol->bid_e8), "ask", price_json(symbol->ask_e8)));
		if (symbol->newest_us > *ret_newest_us)
			*ret_newest_us = symbol->newest_us;
	}
	return array;
}

/* "mt5", or "mt5.NAME": the section of the settings. */
static json_t *
section_json(const struct mt5_source *source)
{
	return source->account == source->settings->mt5.accounts ? json_string("mt5") :
	    json_sprintf("mt5.%s", source->account->source);
}

json_t *
mt5_source_status(struct mt5_source *source, const char *listen)
{
	bool connected = source->session != NO_SESSION;
	const struct broker_time *time = &source->clock.time;
	int64_t newest_us;
	json_t *symbols = symbols_json(source, &newest_us);
	json_t *status = json_pack("{s:o, s:s, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "name", section_json(source), "source", source->account->source, "state",
	    !connected ? "waiting" : source->paused ? "paused" : "live", "listen", listen,
	    "ticks_per_second", source->per_second, "ticks", (json_int_t)source->ticks,
	    "duplicates", (json_int_t)source->known, "connects", (json_int_t)source->connects,
	    "waiting", (json_int_t)mt5_writer_rows(source->writer), "held",
	    (json_int_t)source->held.rows, "symbols", symbols, "orders",
	    mt5_orders_status(source->orders));

	if (connected) {
		json_object_set_new(status, "account", json_string(source->login));
		json_object_set_new(status, "server", json_string(source->server));
		json_object_set_new(status, "connected_s", json_integer(
		    (clock_monotonic_us() - source->welcome_us) / CLOCK_SECOND_US));
	}
	if (time->count > 0)
		json_object_set_new(status, "utc_offset_s", json_integer(
		    time->offsets[time->count - 1].offset_us / CLOCK_SECOND_US));
	if (newest_us != TICK_NONE)
		json_object_set_new(status, "last_tick_us", json_integer(newest_us));
	return status;
}
