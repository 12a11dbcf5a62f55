/*
 * The lines of Binance's archives -> ticks and candles.  Pure.
 *
 *   trades     id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch
 *   aggTrades  a,p,q,f,l,T,isBuyerMaker,isBestMatch
 *   klines     openTime,o,h,l,c,v,closeTime,quoteVolume,n,takerBase,takerQuote,ignore
 */
#ifndef TICKD_ARCHIVE_ROWS_H
#define TICKD_ARCHIVE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/problem.h"
#include "common/tick.h"
#include "tickd/import/archive_name.h"

/* Archives of periods from here on count in microseconds, those before in milliseconds. */
#define ARCHIVE_MICROSECONDS_FROM_US INT64_C(1735689600000000) /* 2025-01-01 */

/* What is known of the file before its rows. */
struct archive_format {
	enum archive_kind kind; /* trades, aggTrades or klines */
	bool microseconds;	/* else milliseconds */
	const char *period;	/* for sentences: "2024-08" */
	int64_t from_us, to_us; /* no time may be before or behind; to_us is excluded */
};

/* The unit is that of the archive's period.  `name` has one, and outlives the format. */
void
archive_format_of_name(const struct archive_name *name, struct archive_format *ret);

/*
 * The kind that has as many columns as the line; the unit is milliseconds if its time is then one
 * before the year 10000, else microseconds (a thousand times as much is never both).  Returns 0, or
 * -EINVAL where it is a line of none of the three.
 */
__attribute__((warn_unused_result)) int
archive_format_of_line(const char *line, size_t length, struct archive_format *ret);

/* Whether a first line is a header: it begins with a letter, where rows have a number. */
bool
archive_line_is_header(const char *line, size_t length);

/*
 * Reads one line.  Returns 1 with the row; 0 for a line that stands for nothing (an aggregate that
 * the exchange has voided, an empty slot); -EINVAL with what was expected.  The tick's time is
 * whole milliseconds, as everywhere; its symbol is 0.
 */
__attribute__((warn_unused_result)) int
archive_tick_row(const struct archive_format *format, const char *line, size_t length,
    struct tick *ret, struct problem *problem);

__attribute__((warn_unused_result)) int
archive_candle_row(const struct archive_format *format, const char *line, size_t length,
    struct candle *ret, struct problem *problem);

#endif
