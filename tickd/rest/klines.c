#include "tickd/rest/klines.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "common/tick.h"
#include "tickd/feed/binance_event.h"

/* The places of a row: [open time, o, h, l, c, volume, close time, quote volume, n, taker, ...] */
enum { OPEN_TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, QUOTE_VOLUME = 7, TRADES = 8, TAKER_BUY = 9 };

static bool
get_price(const json_t *row, size_t at, int64_t *ret)
{
	const json_t *value = json_array_get(row, at);

	return json_is_string(value) &&
	    decimal_parse(json_string_value(value), json_string_length(value), ret) == 0 && *ret > 0;
}

#define DIGITS "0123456789"

/* Volumes may be larger than an int64 in 1e-8 holds: their text goes straight to a double. */
static bool
get_volume(const json_t *row, size_t at, double *ret)
{
	const char *text = json_string_value(json_array_get(row, at));
	size_t whole, length;

	if (text == NULL)
		return false;
	whole = length = strspn(text, DIGITS);
	if (text[whole] == '.')
		length += 1 + strspn(text + whole + 1, DIGITS);
	if (whole == 0 || text[length] != '\0' || text[length - 1] == '.')
		return false;
	*ret = strtod(text, NULL);
	return isfinite(*ret);
}

static bool
get_integer(const json_t *row, size_t at, int64_t *ret)
{
	const json_t *value = json_array_get(row, at);

	*ret = json_integer_value(value);
	return json_is_integer(value) && *ret >= 0;
}

static bool
parse_row(const json_t *row, struct candle *candle)
{
	int64_t open_ms;

	*candle = (struct candle){.first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE,
		.origin = CANDLE_KLINES,
		.complete = true};
	if (!json_is_array(row) || !get_integer(row, OPEN_TIME, &open_ms) ||
	    !get_integer(row, TRADES, &candle->trades) ||
	    open_ms > BINANCE_TIME_MAX_MS || open_ms * CLOCK_MS_US % CANDLE_M5_US != 0)
		return false;
	candle->open_time_us = open_ms * CLOCK_MS_US;
	if (candle->trades == 0) /* passed over, whatever price it has */
		return true;
	return get_price(row, OPEN, &candle->open_e8) && get_price(row, HIGH, &candle->high_e8) &&
	    get_price(row, LOW, &candle->low_e8) && get_price(row, CLOSE, &candle->close_e8) &&
	    candle->low_e8 <= candle->high_e8 && get_volume(row, VOLUME, &candle->volume) &&
	    get_volume(row, QUOTE_VOLUME, &candle->quote_volume) &&
	    get_volume(row, TAKER_BUY, &candle->taker_buy_volume);
}

static int
parse_rows(const json_t *rows, int64_t from_us, int64_t until_us, struct candle *candles,
    int64_t *ret_last_us)
{
	int64_t last_us = INT64_MIN;
	int count = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		struct candle candle;

		if (!parse_row(json_array_get(rows, i), &candle) || candle.open_time_us <= last_us)
			return -EINVAL;
		last_us = candle.open_time_us;
		if (candle.trades > 0 && last_us >= from_us && last_us < until_us)
			candles[count++] = candle;
	}
	*ret_last_us = last_us;
	return count;
}

int
klines_parse(const char *body, size_t length, int64_t from_us, int64_t until_us,
    struct candle candles[static KLINES_MAX], size_t *ret_rows, int64_t *ret_last_us)
{
	json_t *rows = json_loadb(body, length, 0, NULL);
	int count = -EINVAL;

	if (json_is_array(rows) && json_array_size(rows) <= KLINES_MAX) {
		*ret_rows = json_array_size(rows);
		count = parse_rows(rows, from_us, until_us, candles, ret_last_us);
	}
	json_decref(rows);
	return count;
}
