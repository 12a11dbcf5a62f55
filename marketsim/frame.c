#include "marketsim/frame.h"

#include <string.h>

#include "common/decimal.h"

const char *const stream_kind_names[STREAM_KINDS] = { "trade", "aggTrade", "bookTicker" };

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static char *
append_text(char *to, const char *text)
{
	size_t length = strlen(text);

	memcpy(to, text, length);
	return to + length;
}

/* A literal: its length is known when compiling. */
#define APPEND(to, literal) \
	((char *)memcpy((to), "" literal, sizeof(literal) - 1) + sizeof(literal) - 1)

char *
append_integer(char *to, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char scratch[20], *at = scratch + sizeof(scratch);
	size_t length;

	for (; left >= 100; left /= 100) {
		at -= 2;
		memcpy(at, digit_pairs + 2 * (left % 100), 2);
	}
	if (left >= 10) {
		at -= 2;
		memcpy(at, digit_pairs + 2 * left, 2);
	} else {
		*--at = (char)('0' + left);
	}
	if (value < 0)
		*to++ = '-';
	length = (size_t)(scratch + sizeof(scratch) - at);
	memcpy(to, at, length);
	return to + length;
}

char *
append_e8(char *to, int64_t value_e8)
{
	uint64_t magnitude = value_e8 < 0 ? -(uint64_t)value_e8 : (uint64_t)value_e8;
	uint32_t fraction = (uint32_t)(magnitude % (uint64_t)DECIMAL_ONE);

	if (value_e8 < 0)
		*to++ = '-';
	to = append_integer(to, (int64_t)(magnitude / (uint64_t)DECIMAL_ONE));
	*to++ = '.';
	for (int i = 6; i >= 0; i -= 2) {
		memcpy(to + i, digit_pairs + (size_t)2 * (fraction % 100), 2);
		fraction /= 100;
	}
	return to + 8;
}

/* {"stream":"btcusdt@trade","data": */
static char *
append_stream(char *to, const struct instrument *instrument, enum stream_kind kind)
{
	to = APPEND(to, "{\"stream\":\"");
	to = append_text(to, instrument->lower);
	*to++ = '@';
	to = append_text(to, stream_kind_names[kind]);
	return APPEND(to, "\",\"data\":");
}

static char *
append_event(char *to, const struct instrument *instrument, const char *event, int64_t event_ms)
{
	to = APPEND(to, "{\"e\":\"");
	to = append_text(to, event);
	to = APPEND(to, "\",\"E\":");
	to = append_integer(to, event_ms);
	to = APPEND(to, ",\"s\":\"");
	return append_text(to, instrument->name);
}

static char *
append_end(char *to, int64_t time_us, bool buyer_is_maker)
{
	to = append_integer(to, time_us / CLOCK_MS_US);
	return buyer_is_maker ? APPEND(to, ",\"m\":true,\"M\":true}}")
			      : APPEND(to, ",\"m\":false,\"M\":true}}");
}

size_t
frame_trade(char *to, const struct instrument *instrument, const struct trade *trade,
    int64_t event_ms, size_t *ret_data)
{
	char *at = append_stream(to, instrument, STREAM_TRADE);

	*ret_data = (size_t)(at - to);
	at = append_event(at, instrument, "trade", event_ms);
	at = APPEND(at, "\",\"t\":");
	at = append_integer(at, trade->id);
	at = APPEND(at, ",\"p\":\"");
	at = append_e8(at, trade->price_e8);
	at = APPEND(at, "\",\"q\":\"");
	at = append_e8(at, trade->quantity_e8);
	at = APPEND(at, "\",\"T\":");
	return (size_t)(append_end(at, trade->time_us, trade->buyer_is_maker) - to);
}

size_t
frame_agg_trade(char *to, const struct instrument *instrument, const struct order *order,
    int64_t event_ms, size_t *ret_data)
{
	char *at = append_stream(to, instrument, STREAM_AGG_TRADE);
	int64_t quantity_e8 = 0;

	for (int i = 0; i < order->fills; i++)
		quantity_e8 += order->quantity_e8[i];
	*ret_data = (size_t)(at - to);
	at = append_event(at, instrument, "aggTrade", event_ms);
	at = APPEND(at, "\",\"a\":");
	at = append_integer(at, order->aggregate_id);
	at = APPEND(at, ",\"p\":\"");
	at = append_e8(at, order->price_e8);
	at = APPEND(at, "\",\"q\":\"");
	at = append_e8(at, quantity_e8);
	at = APPEND(at, "\",\"f\":");
	at = append_integer(at, order->first_trade_id);
	at = APPEND(at, ",\"l\":");
	at = append_integer(at, order->first_trade_id + order->fills - 1);
	at = APPEND(at, ",\"T\":");
	return (size_t)(append_end(at, order->time_us, order->buyer_is_maker) - to);
}

size_t
frame_book_ticker(char *to, const struct instrument *instrument, const struct quote *quote,
    size_t *ret_data)
{
	char *at = append_stream(to, instrument, STREAM_BOOK_TICKER);

	*ret_data = (size_t)(at - to);
	at = APPEND(at, "{\"u\":");
	at = append_integer(at, quote->update_id);
	at = APPEND(at, ",\"s\":\"");
	at = append_text(at, instrument->name);
	at = APPEND(at, "\",\"b\":\"");
	at = append_e8(at, quote->bid_e8);
	at = APPEND(at, "\",\"B\":\"");
	at = append_e8(at, quote->bid_quantity_e8);
	at = APPEND(at, "\",\"a\":\"");
	at = append_e8(at, quote->ask_e8);
	at = APPEND(at, "\",\"A\":\"");
	at = append_e8(at, quote->ask_quantity_e8);
	return (size_t)(APPEND(at, "\"}}") - to);
}
