/*
 * Rows of unified_ticks and m5_candles as records.  The column lists are here, beside what reads
 * them.
 */
#ifndef COMMON_STORED_ROWS_H
#define COMMON_STORED_ROWS_H

#include <sqlite3.h>

#include "common/candle.h"
#include "common/tick.h"

#define STORED_TICK_COLUMNS                                                                        \
	"time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags, trade_count"

#define STORED_CANDLE_COLUMNS                                                                      \
	"open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"                  \
	" taker_buy_volume, trades, first_tick_id, last_tick_id, origin, revision, complete"

/* An integer column, TICK_NONE for NULL. */
int64_t
stored_or_none(sqlite3_stmt *statement, int column);

/* The statement is on a row of a SELECT that begins with STORED_TICK_COLUMNS. */
void
stored_tick(sqlite3_stmt *statement, struct tick *ret);

/* The same with STORED_CANDLE_COLUMNS. */
void
stored_candle(sqlite3_stmt *statement, struct candle *ret);

#endif
