#include "analysisd/market_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CANDLE_COLUMNS                                                                             \
	"open_time_us, open_e8, high_e8, low_e8, close_e8, volume, quote_volume,"                 \
	" taker_buy_volume, trades, first_tick_id, last_tick_id, origin, revision, complete"

enum statement { SYMBOLS, KEPT, CHANGES, CANDLES, LAST_CANDLES, TICKS, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[SYMBOLS] = "SELECT symbol_id, source, symbol, newest_us, (SELECT MIN(open_time_us)"
		    " FROM m5_candles c WHERE c.symbol_id = s.symbol_id), history_until_us FROM symbols s"
		    " ORDER BY symbol_id",
	[KEPT] = "SELECT (SELECT MIN(seq) FROM changes),"
		 " (SELECT seq FROM sqlite_sequence WHERE name = 'changes')",
	[CHANGES] = "SELECT seq, symbol_id, from_us, to_us FROM changes WHERE seq > ?1"
		    " ORDER BY seq LIMIT ?2",
	[CANDLES] = "SELECT " CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1"
		    " AND open_time_us >= ?2 AND open_time_us < ?3 ORDER BY open_time_us LIMIT ?4",
	[LAST_CANDLES] = "SELECT " CANDLE_COLUMNS " FROM (SELECT * FROM m5_candles"
			 " WHERE symbol_id = ?1 AND open_time_us < ?2"
			 " ORDER BY open_time_us DESC LIMIT ?3) ORDER BY open_time_us",
	[TICKS] = "SELECT time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags"
		  " FROM unified_ticks WHERE symbol_id = ?1 AND (time_us, tick_id) > (?2, ?3)"
		  " AND time_us < ?4 ORDER BY time_us, tick_id LIMIT ?5",
};

struct market_reader {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
market_reader_open(struct market_reader **ret, const char *state_dir, struct problem *problem)
{
	struct market_reader *reader = calloc(1, sizeof(*reader));
	int error;

	if (reader == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = database_open(&reader->db, ROLE_ANALYSISD, DATABASE_TICKS, ACCESS_READ, state_dir,
	    problem);
	for (int i = 0; i < STATEMENTS && error == 0; i++) {
		error = database_prepare(reader->db, sql[i], &reader->statements[i]);
		if (error < 0)
			problem_set(problem, error, "%s: %s", access_database_file(DATABASE_TICKS),
			    database_error(reader->db));
	}
	if (error < 0) {
		market_reader_close(reader);
		return error;
	}
	*ret = reader;
	return 0;
}

void
market_reader_close(struct market_reader *reader)
{
	if (reader == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(reader->statements[i]);
	database_close(reader->db);
	free(reader);
}

struct database *
market_reader_database(struct market_reader *reader)
{
	return reader->db;
}

static int64_t
integer_or_none(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? TICK_NONE :
								 sqlite3_column_int64(row, column);
}

int
market_reader_symbols(struct market_reader *reader, market_symbol_callback *callback,
    void *context)
{
	sqlite3_stmt *row = reader->statements[SYMBOLS];
	int result;

	while ((result = database_step(reader->db, row)) == 1) {
		const struct market_symbol symbol = {
			.symbol_id = sqlite3_column_int64(row, 0),
			.source = (const char *)sqlite3_column_text(row, 1),
			.symbol = (const char *)sqlite3_column_text(row, 2),
			.newest_us = integer_or_none(row, 3),
			.first_candle_us = integer_or_none(row, 4),
			.history_until_us = integer_or_none(row, 5),
		};

		if (symbol.source == NULL || symbol.symbol == NULL) {
			result = -ENOMEM;
			break;
		}
		callback(context, &symbol);
	}
	sqlite3_reset(row);
	return result;
}

int
market_reader_changes_kept(struct market_reader *reader, struct market_changes_kept *ret)
{
	sqlite3_stmt *row = reader->statements[KEPT];
	int result = database_step(reader->db, row);

	if (result == 1)
		*ret = (struct market_changes_kept){
			.first_seq = integer_or_none(row, 0),
			.last_seq = sqlite3_column_int64(row, 1),
		};
	sqlite3_reset(row);
	return result == 1 ? 0 : result < 0 ? result : -EIO;
}

int
market_reader_changes(struct market_reader *reader, int64_t after_seq, int limit,
    market_change_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[CHANGES];
	int result, count = 0;

	sqlite3_bind_int64(row, 1, after_seq);
	sqlite3_bind_int(row, 2, limit);
	while ((result = database_step(reader->db, row)) == 1) {
		const struct market_change change = {
			.seq = sqlite3_column_int64(row, 0),
			.symbol_id = sqlite3_column_int64(row, 1),
			.from_us = sqlite3_column_int64(row, 2),
			.to_us = sqlite3_column_int64(row, 3),
		};

		callback(context, &change);
		count++;
	}
	sqlite3_reset(row);
	return result < 0 ? result : count;
}

static enum candle_origin
origin_named(const char *name)
{
	for (enum candle_origin origin = CANDLE_TICKS; origin < CANDLE_BARS; origin++)
		if (strcmp(name, candle_origin_name(origin)) == 0)
			return origin;
	return CANDLE_BARS;
}

static int
candle_of_row(sqlite3_stmt *row, struct candle *ret)
{
	const char *origin = (const char *)sqlite3_column_text(row, 11);

	if (origin == NULL)
		return -ENOMEM;
	*ret = (struct candle){
		.open_time_us = sqlite3_column_int64(row, 0),
		.open_e8 = sqlite3_column_int64(row, 1),
		.high_e8 = sqlite3_column_int64(row, 2),
		.low_e8 = sqlite3_column_int64(row, 3),
		.close_e8 = sqlite3_column_int64(row, 4),
		.volume = sqlite3_column_double(row, 5),
		.quote_volume = sqlite3_column_double(row, 6),
		.taker_buy_volume = sqlite3_column_double(row, 7),
		.trades = sqlite3_column_int64(row, 8),
		.first_tick_id = integer_or_none(row, 9),
		.last_tick_id = integer_or_none(row, 10),
		.origin = origin_named(origin),
		.revision = sqlite3_column_int64(row, 12),
		.complete = sqlite3_column_int(row, 13) != 0,
	};
	return 0;
}

/* Hands on all rows of a bound statement.  Returns their number. */
static int
each_candle(struct market_reader *reader, sqlite3_stmt *row, market_candle_callback *callback,
    void *context)
{
	struct candle candle;
	int result, count = 0;

	while ((result = database_step(reader->db, row)) == 1) {
		result = candle_of_row(row, &candle);
		if (result == 0)
			result = callback(context, &candle);
		if (result != 0)
			break;
		count++;
	}
	sqlite3_reset(row);
	return result != 0 ? result : count;
}

int
market_reader_candles(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, int limit, market_candle_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[CANDLES];

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, from_us);
	sqlite3_bind_int64(row, 3, before_us);
	sqlite3_bind_int(row, 4, limit);
	return each_candle(reader, row, callback, context);
}

int
market_reader_last_candles(struct market_reader *reader, int64_t symbol_id, int64_t before_us,
    int count, market_candle_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[LAST_CANDLES];

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, before_us);
	sqlite3_bind_int(row, 3, count);
	return each_candle(reader, row, callback, context);
}

int
market_reader_ticks(struct market_reader *reader, int64_t symbol_id, int64_t after_us,
    int64_t after_id, int64_t before_us, int limit, market_tick_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[TICKS];
	int result, count = 0;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, after_us);
	sqlite3_bind_int64(row, 3, after_id);
	sqlite3_bind_int64(row, 4, before_us);
	sqlite3_bind_int(row, 5, limit);
	while ((result = database_step(reader->db, row)) == 1) {
		const struct tick tick = {
			.time_us = sqlite3_column_int64(row, 0),
			.tick_id = sqlite3_column_int64(row, 1),
			.price_e8 = integer_or_none(row, 2),
			.volume_e8 = integer_or_none(row, 3),
			.bid_e8 = integer_or_none(row, 4),
			.ask_e8 = integer_or_none(row, 5),
			.flags = (uint32_t)sqlite3_column_int64(row, 6),
		};

		result = callback(context, &tick);
		if (result != 0)
			break;
		count++;
	}
	sqlite3_reset(row);
	return result != 0 ? result : count;
}
