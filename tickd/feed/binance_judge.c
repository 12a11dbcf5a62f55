#include "tickd/feed/binance_scan.h"

#include <jansson.h>
#include <string.h>

#include "common/decimal.h"
#include "tickd/feed/binance_event.h"

static bool
get_number(const json_t *data, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(data, key);

	if (!json_is_integer(value))
		return false;
	*ret = json_integer_value(value);
	return true;
}

static bool
get_decimal(const json_t *data, const char *key, int64_t *ret)
{
	const json_t *value = json_object_get(data, key);

	return json_is_string(value) &&
	    decimal_parse(json_string_value(value), json_string_length(value), ret) == 0;
}

/* The JSON goes before the event does, so the name is copied. */
static bool
get_symbol(const json_t *data, struct binance_event *event)
{
	const json_t *value = json_object_get(data, "s");
	size_t length = json_string_length(value);

	if (!json_is_string(value) || length >= sizeof(event->symbol_copy))
		return false;
	memcpy(event->symbol_copy, json_string_value(value), length);
	event->symbol = event->symbol_copy;
	event->symbol_length = length;
	return true;
}

static bool
judge_trade(const json_t *data, const char *id, struct binance_event *event)
{
	const json_t *maker = json_object_get(data, "m");

	event->kind = BINANCE_TRADE;
	event->buyer_is_maker = json_is_true(maker);
	return json_is_boolean(maker) && get_symbol(data, event) &&
	    get_number(data, "E", &event->event_time_ms) && get_number(data, "T", &event->time_ms) &&
	    get_number(data, id, &event->id) && get_decimal(data, "p", &event->price_e8) &&
	    get_decimal(data, "q", &event->quantity_e8) && binance_event_valid(event);
}

static bool
judge_aggregate(const json_t *data, struct binance_event *event)
{
	int64_t first_id, last_id;

	return get_number(data, "f", &first_id) && get_number(data, "l", &last_id) &&
	    binance_event_count(event, first_id, last_id) && judge_trade(data, "a", event);
}

static bool
judge_quote(const json_t *data, struct binance_event *event)
{
	event->kind = BINANCE_QUOTE;
	return get_symbol(data, event) && get_number(data, "u", &event->id) &&
	    get_decimal(data, "b", &event->bid_e8) && get_decimal(data, "a", &event->ask_e8) &&
	    binance_event_valid(event);
}

static bool
is_book_ticker(const json_t *stream)
{
	static const char tail[] = "@bookTicker";
	size_t length = json_string_length(stream), tail_length = sizeof(tail) - 1;

	return length >= tail_length &&
	    memcmp(json_string_value(stream) + length - tail_length, tail, tail_length) == 0;
}

/* It concerns the connection and no stream: it may come without the name of one. */
static bool
is_shutdown(const json_t *data)
{
	const char *name = json_string_value(json_object_get(data, "e"));

	return name != NULL && strcmp(name, "serverShutdown") == 0;
}

static enum binance_kind
judge(const json_t *frame, struct binance_event *event)
{
	const json_t *stream = json_object_get(frame, "stream");
	const json_t *data = json_object_get(frame, "data");
	const char *name;

	if (!json_is_object(frame))
		return BINANCE_UNKNOWN;
	if (data == NULL && json_object_get(frame, "id") != NULL)
		return BINANCE_REPLY;
	if (is_shutdown(data == NULL ? frame : data))
		return BINANCE_SHUTDOWN;
	if (!json_is_object(data) || !json_is_string(stream))
		return BINANCE_UNKNOWN;
	if (json_object_get(data, "e") == NULL && is_book_ticker(stream))
		return judge_quote(data, event) ? BINANCE_QUOTE : BINANCE_MALFORMED;
	name = json_string_value(json_object_get(data, "e"));
	event->trade_count = 0;
	if (name != NULL && strcmp(name, "trade") == 0)
		return judge_trade(data, "t", event) ? BINANCE_TRADE : BINANCE_MALFORMED;
	if (name != NULL && strcmp(name, "aggTrade") == 0)
		return judge_aggregate(data, event) ? BINANCE_TRADE : BINANCE_MALFORMED;
	return BINANCE_UNKNOWN;
}

void
binance_scan_judge(const char *frame, size_t length, struct binance_event *ret_event)
{
	json_t *root = json_loadb(frame, length, JSON_DECODE_ANY, NULL);

	ret_event->kind = root == NULL ? BINANCE_MALFORMED : judge(root, ret_event);
	json_decref(root);
}
