#include "tickd/import/archive_rows.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "tickd/feed/binance_event.h"
#include "tickd/import/archive_row.h"

#define SLACK_US CLOCK_DAY_US /* a row may lie so far outside the period in the name */
#define LEAST_US INT64_C(946684800000000) /* 2000-01-01: no exchange of ours is older */
#define MOST_US (BINANCE_TIME_MAX_MS * CLOCK_MS_US + 999)

enum { TRADE_ID, TRADE_PRICE, TRADE_QUANTITY, TRADE_QUOTE, TRADE_TIME, TRADE_MAKER, TRADE_BEST };
enum { AGG_ID, AGG_PRICE, AGG_QUANTITY, AGG_FIRST, AGG_LAST, AGG_TIME, AGG_MAKER, AGG_BEST };
enum {
	KLINE_OPEN_TIME,
	KLINE_OPEN,
	KLINE_HIGH,
	KLINE_LOW,
	KLINE_CLOSE,
	KLINE_VOLUME,
	KLINE_CLOSE_TIME,
	KLINE_QUOTE_VOLUME,
	KLINE_TRADES,
	KLINE_TAKER_BASE,
	KLINE_TAKER_QUOTE,
	KLINE_IGNORE
};

struct layout {
	size_t columns, time_column;
	const char *names[ARCHIVE_COLUMNS_MAX];
};

static const struct layout layouts[] = {
	[ARCHIVE_TRADES] = {7, TRADE_TIME,
		{"id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"}},
	[ARCHIVE_AGGREGATES] = {8, AGG_TIME,
		{"aggregate id", "price", "quantity", "first id", "last id", "time", "isBuyerMaker",
		    "isBestMatch"}},
	[ARCHIVE_KLINES] = {12, KLINE_OPEN_TIME,
		{"open time", "open", "high", "low", "close", "volume", "close time", "quote volume",
		    "trades", "taker base volume", "taker quote volume", "ignore"}},
};

/* ---- the format ---- */

void
archive_format_of_name(const struct archive_name *name, struct archive_format *ret)
{
	*ret = (struct archive_format){
		.kind = name->kind,
		.microseconds = name->from_us >= ARCHIVE_MICROSECONDS_FROM_US,
		.period = name->period,
		.from_us = name->from_us - SLACK_US,
		.to_us = name->to_us + SLACK_US,
	};
}

int
archive_format_of_line(const char *line, size_t length, struct archive_format *ret)
{
	struct problem nobody_reads;
	struct archive_row row = {.problem = &nobody_reads};
	enum archive_kind kind = ARCHIVE_TRADES;
	int64_t time;

	archive_row_split(line, length, ',', &row);
	while (kind <= ARCHIVE_KLINES && layouts[kind].columns != row.count)
		kind++;
	if (kind > ARCHIVE_KLINES)
		return -EINVAL;
	row.names = layouts[kind].names;
	if (!archive_row_integer(&row, layouts[kind].time_column, 0, INT64_MAX, &time))
		return -EINVAL;
	*ret = (struct archive_format){
		.kind = kind,
		.microseconds = time > BINANCE_TIME_MAX_MS,
		.period = "the years from 2000 on",
		.from_us = LEAST_US,
		.to_us = MOST_US,
	};
	return 0;
}

bool
archive_line_is_header(const char *line, size_t length)
{
	return length > 0 && isalpha((unsigned char)line[0]);
}

/* ---- what rows have in common ---- */

static bool
split(const struct archive_format *format, const char *line, size_t length, struct archive_row *row)
{
	const struct layout *layout = &layouts[format->kind];

	row->names = layout->names;
	archive_row_split(line, length, ',', row);
	if (row->count == layout->columns)
		return true;
	problem_set(row->problem, -EINVAL, "expected the %zu columns of %s, not %s%zu",
	    layout->columns, archive_kind_name(format->kind),
	    row->count > ARCHIVE_COLUMNS_MAX ? "more than " : "",
	    row->count > ARCHIVE_COLUMNS_MAX ? ARCHIVE_COLUMNS_MAX : row->count);
	return false;
}

/* In whole milliseconds, whatever the file counts in: the same trade has the same time. */
static bool
read_time(const struct archive_row *row, size_t column, const struct archive_format *format,
    int64_t *ret_us)
{
	int64_t value, per_ms = format->microseconds ? 1000 : 1;
	char expected[96];

	if (!archive_row_integer(row, column, 0, INT64_MAX, &value))
		return false;
	if (value / per_ms <= BINANCE_TIME_MAX_MS) {
		*ret_us = value / per_ms * CLOCK_MS_US;
		if (*ret_us >= format->from_us && *ret_us < format->to_us)
			return true;
	}
	snprintf(expected, sizeof(expected), "%s of %s", format->microseconds ?
	    "microseconds" : "milliseconds", format->period);
	return archive_row_fault(row, column, expected);
}

static bool
read_id(const struct archive_row *row, size_t column, int64_t least, int64_t *ret)
{
	return archive_row_integer(row, column, least, BINANCE_ID_MAX, ret);
}

/* ---- rows ---- */

static bool
read_trade(const struct archive_row *row, const struct archive_format *format, struct tick *tick,
    bool *maker)
{
	double quote;
	bool best;

	return read_id(row, TRADE_ID, 0, &tick->tick_id) &&
	    archive_row_decimal(row, TRADE_PRICE, true, &tick->price_e8) &&
	    archive_row_decimal(row, TRADE_QUANTITY, true, &tick->volume_e8) &&
	    archive_row_volume(row, TRADE_QUOTE, &quote) &&
	    read_time(row, TRADE_TIME, format, &tick->time_us) &&
	    archive_row_boolean(row, TRADE_MAKER, maker) &&
	    archive_row_boolean(row, TRADE_BEST, &best);
}

/* 1, 0 for an aggregate whose trades the exchange has voided (ids of -1), -EINVAL. */
static int
read_aggregate(const struct archive_row *row, const struct archive_format *format,
    struct tick *tick, bool *maker)
{
	int64_t first, last;
	bool best;

	if (!read_id(row, AGG_ID, 0, &tick->tick_id) || !read_id(row, AGG_FIRST, -1, &first) ||
	    !read_id(row, AGG_LAST, first, &last))
		return -EINVAL;
	if (first < 0)
		return 0;
	tick->trade_count = last - first + 1;
	return archive_row_decimal(row, AGG_PRICE, true, &tick->price_e8) &&
		archive_row_decimal(row, AGG_QUANTITY, true, &tick->volume_e8) &&
		read_time(row, AGG_TIME, format, &tick->time_us) &&
		archive_row_boolean(row, AGG_MAKER, maker) &&
		archive_row_boolean(row, AGG_BEST, &best) ? 1 : -EINVAL;
}

int
archive_tick_row(const struct archive_format *format, const char *line, size_t length,
    struct tick *ret, struct problem *problem)
{
	struct archive_row row = {.problem = problem};
	bool maker = false;
	int result = -EINVAL;

	*ret = (struct tick){.bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE};
	if (!split(format, line, length, &row))
		return -EINVAL;
	if (format->kind == ARCHIVE_AGGREGATES)
		result = read_aggregate(&row, format, ret, &maker);
	else if (read_trade(&row, format, ret, &maker))
		result = 1;
	ret->flags = TICK_TRADE | TICK_IMPORTED | (maker ? TICK_SELL : 0U);
	return result;
}

static bool
read_times(const struct archive_row *row, const struct archive_format *format,
    struct candle *candle)
{
	int64_t close_us = 0, span_us;

	if (!read_time(row, KLINE_OPEN_TIME, format, &candle->open_time_us) ||
	    !read_time(row, KLINE_CLOSE_TIME, format, &close_us))
		return false;
	span_us = close_us - candle->open_time_us + CLOCK_MS_US;
	if (span_us != CANDLE_M5_US)
		return archive_row_fault(row, KLINE_CLOSE_TIME,
		    "the end of a 5-minute kline (others cannot be imported)");
	return candle_slot(candle->open_time_us) == candle->open_time_us ||
	    archive_row_fault(row, KLINE_OPEN_TIME, "the start of a 5-minute slot");
}

static bool
read_prices(const struct archive_row *row, struct candle *candle)
{
	if (!archive_row_decimal(row, KLINE_OPEN, true, &candle->open_e8) ||
	    !archive_row_decimal(row, KLINE_HIGH, true, &candle->high_e8) ||
	    !archive_row_decimal(row, KLINE_LOW, true, &candle->low_e8) ||
	    !archive_row_decimal(row, KLINE_CLOSE, true, &candle->close_e8))
		return false;
	if (candle->high_e8 < candle->open_e8 || candle->high_e8 < candle->close_e8)
		return archive_row_fault(row, KLINE_HIGH, "the highest of the four prices");
	return (candle->low_e8 <= candle->open_e8 && candle->low_e8 <= candle->close_e8) ||
	    archive_row_fault(row, KLINE_LOW, "the lowest of the four prices");
}

int
archive_candle_row(const struct archive_format *format, const char *line, size_t length,
    struct candle *ret, struct problem *problem)
{
	struct archive_row row = {.problem = problem};
	double taker_quote;

	*ret = (struct candle){.first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE,
		.origin = CANDLE_KLINES,
		.complete = true};
	if (!split(format, line, length, &row) || !read_times(&row, format, ret) ||
	    !archive_row_integer(&row, KLINE_TRADES, 0, BINANCE_ID_MAX, &ret->trades))
		return -EINVAL;
	/* What the exchange writes for an empty slot is a price from before it: no candle of ours. */
	if (ret->trades == 0)
		return 0;
	return read_prices(&row, ret) && archive_row_volume(&row, KLINE_VOLUME, &ret->volume) &&
		archive_row_volume(&row, KLINE_QUOTE_VOLUME, &ret->quote_volume) &&
		archive_row_volume(&row, KLINE_TAKER_BASE, &ret->taker_buy_volume) &&
		archive_row_volume(&row, KLINE_TAKER_QUOTE, &taker_quote) ? 1 : -EINVAL;
}
