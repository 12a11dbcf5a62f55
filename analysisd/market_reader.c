#include "analysisd/market_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"

enum statement {
	SYMBOLS, KEPT, CHANGES, CANDLES, CANDLES_BACK, TICKS, COUNT_TICKS, COUNT_TRADES, QUOTE, TRADES, STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[SYMBOLS] = "SELECT symbol_id, source, symbol, newest_us, (SELECT MIN(open_time_us)"
		    " FROM m5_candles c WHERE c.symbol_id = s.symbol_id), history_until_us,"
		    " ticks_from_us, frozen_us FROM symbols s"
		    " ORDER BY symbol_id",
	[KEPT] = "SELECT (SELECT MIN(seq) FROM changes),"
		 " (SELECT seq FROM sqlite_sequence WHERE name = 'changes')",
	[CHANGES] = "SELECT seq, symbol_id, from_us, to_us FROM changes WHERE seq > ?1"
		    " ORDER BY seq LIMIT ?2",
	[CANDLES] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1"
		    " AND open_time_us >= ?2 AND open_time_us < ?3 ORDER BY open_time_us LIMIT ?4",
	[CANDLES_BACK] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1"
			 " AND open_time_us < ?2 ORDER BY open_time_us DESC LIMIT ?3",
	[TICKS] = "SELECT " STORED_TICK_COLUMNS
		  " FROM unified_ticks WHERE symbol_id = ?1 AND (time_us, tick_id) > (?2, ?3)"
		  " AND time_us < ?4 ORDER BY time_us, tick_id LIMIT ?5",
	[COUNT_TICKS] = "SELECT count(*) FROM unified_ticks WHERE symbol_id = ?1 AND time_us >= ?2"
			" AND time_us < ?3",
	/* In one statement, so that both are of one moment. */
	[COUNT_TRADES] = "SELECT c.trades - (SELECT coalesce(sum(coalesce(t.trade_count, 1)), 0)"
			 " FROM unified_ticks t WHERE t.symbol_id = ?1 AND t.time_us >= ?3"
			 " AND t.time_us < ?4 AND t.flags & 1) FROM m5_candles c"
			 " WHERE c.symbol_id = ?1 AND c.open_time_us = ?2"
			 " AND c.origin = 'ticks' AND c.first_tick_id IS NOT NULL",
	/* Few columns: what is not asked for need not be decoded. */
	[TRADES] = "SELECT time_us, volume_e8, flags, trade_count FROM unified_ticks"
		   " WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3 AND flags & 1"
		   " ORDER BY time_us, tick_id",
	[QUOTE] = "SELECT time_us, price_e8, bid_e8, ask_e8 FROM unified_ticks WHERE symbol_id = ?1"
		  " AND time_us < ?2 ORDER BY time_us DESC, tick_id DESC LIMIT ?3",
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
			.newest_us = stored_or_none(row, 3),
			.first_candle_us = stored_or_none(row, 4),
			.history_until_us = stored_or_none(row, 5),
			.ticks_from_us = stored_or_none(row, 6),
			.frozen_us = stored_or_none(row, 7),
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
			.first_seq = stored_or_none(row, 0),
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

/* Hands on all rows of a bound statement.  Returns their number. */
static int
each_candle(struct market_reader *reader, sqlite3_stmt *row, market_candle_callback *callback,
    void *context)
{
	struct candle candle;
	int result, count = 0;

	while ((result = database_step(reader->db, row)) == 1) {
		stored_candle(row, &candle);
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
market_reader_candles_back(struct market_reader *reader, int64_t symbol_id, int64_t before_us,
    int limit, market_candle_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[CANDLES_BACK];

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, before_us);
	sqlite3_bind_int(row, 3, limit);
	return each_candle(reader, row, callback, context);
}

int
market_reader_ticks(struct market_reader *reader, int64_t symbol_id, int64_t after_us,
    int64_t after_id, int64_t before_us, int limit, market_tick_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[TICKS];
	struct tick tick;
	int result, count = 0;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, after_us);
	sqlite3_bind_int64(row, 3, after_id);
	sqlite3_bind_int64(row, 4, before_us);
	sqlite3_bind_int(row, 5, limit);
	while ((result = database_step(reader->db, row)) == 1) {
		stored_tick(row, &tick);
		result = callback(context, &tick);
		if (result != 0)
			break;
		count++;
	}
	sqlite3_reset(row);
	return result != 0 ? result : count;
}

int
market_reader_trades(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, market_tick_callback *callback, void *context)
{
	sqlite3_stmt *row = reader->statements[TRADES];
	struct tick tick = {.price_e8 = TICK_NONE, .bid_e8 = TICK_NONE, .ask_e8 = TICK_NONE};
	int result, count = 0;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, from_us);
	sqlite3_bind_int64(row, 3, before_us);
	while ((result = database_step(reader->db, row)) == 1) {
		tick.time_us = sqlite3_column_int64(row, 0);
		tick.volume_e8 = stored_or_none(row, 1);
		tick.flags = (uint32_t)sqlite3_column_int64(row, 2);
		tick.trade_count = sqlite3_column_int64(row, 3); /* NULL is 0 */
		result = callback(context, &tick);
		if (result != 0)
			break;
		count++;
	}
	sqlite3_reset(row);
	return result != 0 ? result : count;
}

/* Takes what the row says; true once there is nothing better to come. */
static bool
take_quote(sqlite3_stmt *row, struct market_quote *quote)
{
	int64_t time_us = sqlite3_column_int64(row, 0), price_e8 = stored_or_none(row, 1);
	int64_t bid_e8 = stored_or_none(row, 2), ask_e8 = stored_or_none(row, 3);

	if (bid_e8 != TICK_NONE && ask_e8 != TICK_NONE)
		*quote = (struct market_quote){time_us, bid_e8, ask_e8, true};
	else if (price_e8 != TICK_NONE && quote->bid_e8 == TICK_NONE)
		*quote = (struct market_quote){time_us, price_e8, price_e8, false};
	return quote->quoted;
}

int
market_reader_quote(struct market_reader *reader, int64_t symbol_id, int64_t before_us,
    struct market_quote *ret)
{
	sqlite3_stmt *row = reader->statements[QUOTE];
	struct market_quote quote = {.bid_e8 = TICK_NONE};
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, before_us);
	sqlite3_bind_int(row, 3, MARKET_QUOTE_TICKS);
	while ((result = database_step(reader->db, row)) == 1)
		if (take_quote(row, &quote))
			break;
	sqlite3_reset(row);
	if (result < 0)
		return result;
	if (quote.bid_e8 == TICK_NONE)
		return 0;
	*ret = quote;
	return 1;
}

int
market_reader_count_trades(struct market_reader *reader, int64_t symbol_id, int64_t slot_us,
    int64_t before_us, int64_t *ret)
{
	sqlite3_stmt *row = reader->statements[COUNT_TRADES];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, slot_us);
	sqlite3_bind_int64(row, 3, before_us);
	sqlite3_bind_int64(row, 4, slot_us + CANDLE_M5_US);
	result = database_step(reader->db, row);
	if (result == 1)
		*ret = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return result;
}

int
market_reader_count_ticks(struct market_reader *reader, int64_t symbol_id, int64_t from_us,
    int64_t before_us, int64_t *ret)
{
	sqlite3_stmt *row = reader->statements[COUNT_TICKS];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, from_us);
	sqlite3_bind_int64(row, 3, before_us);
	result = database_step(reader->db, row);
	if (result == 1)
		*ret = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return result == 1 ? 0 : result < 0 ? result : -EIO;
}
