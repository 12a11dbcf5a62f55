#include "tickd/feed/binance_streams.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ENCODED_MAX 128 /* bytes of one symbol in a URL: 3 for each of its 32 and some */

/* Lower case, and what is not ASCII in percents. */
static void
encode_symbol(const char *symbol, char encoded[static ENCODED_MAX])
{
	size_t at = 0;

	for (; *symbol != '\0' && at < ENCODED_MAX - 4; symbol++) {
		unsigned char c = (unsigned char)*symbol;

		if (c < 0x80)
			encoded[at++] = (char)tolower(c);
		else
			at += (size_t)sprintf(encoded + at, "%%%02X", c);
	}
	encoded[at] = '\0';
}

/* "btcusdt@trade/btcusdt@bookTicker", and its length. */
static size_t
symbol_streams(const char *symbol, const struct string_list *streams, char *text, size_t size)
{
	char encoded[ENCODED_MAX];
	size_t length = 0;

	encode_symbol(symbol, encoded);
	for (size_t i = 0; i < streams->count; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s@%s",
		    i == 0 ? "" : "/", encoded, streams->items[i]);
	return length;
}

size_t
binance_streams_path(const struct string_list *symbols, size_t first,
    const struct string_list *streams, char path[static BINANCE_PATH_SIZE])
{
	size_t length = (size_t)sprintf(path, "/stream?streams="), count = 0;
	char text[BINANCE_PATH_SIZE / 4];

	for (size_t i = first; i < symbols->count; i++, count++) {
		size_t more = symbol_streams(symbols->items[i], streams, text, sizeof(text));

		if (length + 1 + more >= BINANCE_PATH_SIZE ||
		    (count + 1) * streams->count > BINANCE_STREAMS_MAX)
			break;
		if (count > 0)
			path[length++] = '/';
		memcpy(path + length, text, more + 1);
		length += more;
	}
	return count;
}

enum tick_ids
binance_streams_ids(const struct string_list *streams)
{
	for (size_t i = 0; i < streams->count; i++)
		if (strcmp(streams->items[i], "aggTrade") == 0)
			return TICK_IDS_AGGREGATE;
	return TICK_IDS_TRADE;
}
