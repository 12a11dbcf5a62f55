#include "common/stored_rows.h"

#include <string.h>

int64_t
stored_or_none(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ?
	    TICK_NONE : sqlite3_column_int64(statement, column);
}

void
stored_tick(sqlite3_stmt *statement, struct tick *ret)
{
	*ret = (struct tick){
		.time_us = sqlite3_column_int64(statement, 0),
		.tick_id = sqlite3_column_int64(statement, 1),
		.price_e8 = stored_or_none(statement, 2),
		.volume_e8 = stored_or_none(statement, 3),
		.bid_e8 = stored_or_none(statement, 4),
		.ask_e8 = stored_or_none(statement, 5),
		.flags = (uint32_t)sqlite3_column_int64(statement, 6),
		.trade_count = sqlite3_column_int64(statement, 7), /* NULL is 0 */
	};
}

/* A NULL is out of memory: the column itself never is one. */
static enum candle_origin
origin_named(const char *name)
{
	if (name == NULL)
		return CANDLE_TICKS;
	if (strcmp(name, candle_origin_name(CANDLE_KLINES)) == 0)
		return CANDLE_KLINES;
	return strcmp(name, candle_origin_name(CANDLE_BARS)) == 0 ? CANDLE_BARS : CANDLE_TICKS;
}

void
stored_candle(sqlite3_stmt *statement, struct candle *ret)
{
	*ret = (struct candle){
		.open_time_us = sqlite3_column_int64(statement, 0),
		.open_e8 = sqlite3_column_int64(statement, 1),
		.high_e8 = sqlite3_column_int64(statement, 2),
		.low_e8 = sqlite3_column_int64(statement, 3),
		.close_e8 = sqlite3_column_int64(statement, 4),
		.volume = sqlite3_column_double(statement, 5),
		.quote_volume = sqlite3_column_double(statement, 6),
		.taker_buy_volume = sqlite3_column_double(statement, 7),
		.trades = sqlite3_column_int64(statement, 8),
		.first_tick_id = stored_or_none(statement, 9),
		.last_tick_id = stored_or_none(statement, 10),
		.origin = origin_named((const char *)sqlite3_column_text(statement, 11)),
		.revision = sqlite3_column_int64(statement, 12),
		.complete = sqlite3_column_int(statement, 13) != 0,
	};
}
