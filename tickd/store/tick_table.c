#include "tickd/store/tick_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stored_rows.h"
#include "tickd/store/tick_rows.h"

enum statement {
	ADD_SYMBOL,
	READ_SYMBOL,
	SAVE_SYMBOL,
	SET_IDS,
	SAVES,
	COUNT_SAVE,
	CLOCK,
	INSERT,
	INSERT_ALL,
	FOLD,
	FIRST_FROM,
	FIRST_TRADE_FROM,
	FLAGS,
	SLICE_END,
	DELETE_TO,
	STATEMENTS
};

/* Of this connection alone: where others have written before is read anew in any case. */
#define CREATE_SAVES                                                                               \
	"CREATE TEMP TABLE IF NOT EXISTS source_saves("                                            \
	" source TEXT PRIMARY KEY, saves INTEGER NOT NULL) STRICT, WITHOUT ROWID"

#define TICK_COLUMNS                                                                               \
	"symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags, trade_count"

static const char *const sql[STATEMENTS] = {
	[ADD_SYMBOL] = "INSERT OR IGNORE INTO symbols(source, symbol) VALUES(?1, ?2)",
	[READ_SYMBOL] = ("SELECT symbol_id, ticks, candles, first_id, newest_id, newest_us,"
			" ticks_from_us, history_until_us, whole_from_us, frozen_us, id_kind,"
			" CASE WHEN id_kind <> 'ordinal' THEN" /* of quotes all would be read */
			" (SELECT time_us FROM unified_ticks t WHERE t.symbol_id = s.symbol_id"
			"  AND flags & 1 AND time_us >= coalesce(s.frozen_us, -9223372036854775808)"
			"  ORDER BY time_us LIMIT 1) END FROM symbols s"
			" WHERE source = ?1 AND symbol = ?2"),
	[SAVE_SYMBOL] = ("UPDATE symbols SET ticks = ?2, candles = ?3, first_id = ?4, newest_id = ?5,"
			" newest_us = ?6, ticks_from_us = ?7, history_until_us = ?8,"
			" whole_from_us = ?9, frozen_us = ?10 WHERE symbol_id = ?1"),
	[SET_IDS] = "UPDATE symbols SET id_kind = ?2 WHERE symbol_id = ?1",
	[SAVES] = "SELECT coalesce(max(saves), 0) FROM temp.source_saves WHERE source = ?1",
	[COUNT_SAVE] = ("INSERT INTO temp.source_saves(source, saves) VALUES(?1, 1)"
		       " ON CONFLICT(source) DO UPDATE SET saves = saves + 1"),
	[CLOCK] = "SELECT coalesce(max(newest_us), 0) FROM symbols WHERE source = ?1",
	[INSERT] = ("INSERT OR IGNORE INTO unified_ticks(" TICK_COLUMNS ")"
		   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
	[INSERT_ALL] = ("INSERT OR IGNORE INTO unified_ticks(" TICK_COLUMNS ")"
		       " SELECT " TICK_COLUMNS " FROM tick_rows(?1)"),
	/* ?4: quotes as well */
	[FOLD] = ("SELECT time_us, tick_id, price_e8, volume_e8, flags, trade_count, bid_e8"
		 " FROM unified_ticks WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3"
		 " AND (flags & 1 OR ?4)"),
	[FIRST_FROM] = ("SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1"
		       " AND time_us >= ?2 ORDER BY time_us, tick_id LIMIT 1"),
	[FIRST_TRADE_FROM] = ("SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1"
			     " AND time_us >= ?2 AND flags & 1 ORDER BY time_us, tick_id LIMIT 1"),
	[FLAGS] = ("SELECT flags FROM unified_ticks"
		  " WHERE symbol_id = ?1 AND time_us = ?2 AND tick_id = ?3"),
	[SLICE_END] = ("SELECT time_us, tick_id FROM unified_ticks WHERE symbol_id = ?1"
		      " AND time_us < ?2 ORDER BY time_us, tick_id LIMIT 1 OFFSET ?3"),
	[DELETE_TO] = ("DELETE FROM unified_ticks WHERE symbol_id = ?1"
		      " AND (time_us, tick_id) < (?2, ?3)"),
};

struct tick_table {
	struct database *db;
	struct tick_rows rows; /* what INSERT_ALL reads: bound to it once */
	sqlite3_stmt *statements[STATEMENTS];
};

int
tick_table_create(struct tick_table **ret, struct database *db)
{
	struct tick_table *table = calloc(1, sizeof(*table));
	int error;

	if (table == NULL)
		return -ENOMEM;
	table->db = db;
	error = tick_rows_register(database_handle(db));
	if (error == 0)
		error = database_execute(db, CREATE_SAVES);
	for (int i = 0; i < STATEMENTS && error == 0; i++)
		error = database_prepare(db, sql[i], &table->statements[i]);
	if (error < 0) {
		tick_table_free(table);
		return error;
	}
	tick_rows_bind(table->statements[INSERT_ALL], 1, &table->rows);
	*ret = table;
	return 0;
}

void
tick_table_free(struct tick_table *table)
{
	if (table == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(table->statements[i]);
	free(table);
}

static void
bind_value(sqlite3_stmt *statement, int at, int64_t value)
{
	if (value == TICK_NONE)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_int64(statement, at, value);
}

/* A NULL is out of memory: the column itself never is one. */
static int
ids_named(const char *name, enum tick_ids *ret)
{
	if (name == NULL)
		return -ENOMEM;
	for (*ret = TICK_IDS_TRADE; *ret < TICK_IDS_ORDINAL; ++*ret)
		if (strcmp(name, tick_ids_name(*ret)) == 0)
			break;
	return 0;
}

static int
read_symbol_row(sqlite3_stmt *row, struct symbol_row *ret)
{
	*ret = (struct symbol_row){
		.symbol_id = sqlite3_column_int64(row, 0),
		.ticks = sqlite3_column_int64(row, 1),
		.candles = sqlite3_column_int64(row, 2),
		.first_id = stored_or_none(row, 3),
		.newest_id = stored_or_none(row, 4),
		.newest_us = stored_or_none(row, 5),
		.ticks_from_us = stored_or_none(row, 6),
		.history_until_us = stored_or_none(row, 7),
		.whole_from_us = stored_or_none(row, 8),
		.frozen_us = stored_or_none(row, 9),
		.first_us = stored_or_none(row, 11),
	};
	return ids_named((const char *)sqlite3_column_text(row, 10), &ret->ids);
}

int
tick_table_symbol(struct tick_table *table, const char *source, const char *symbol,
    struct symbol_row *ret)
{
	for (enum statement which = ADD_SYMBOL; which <= READ_SYMBOL; which++) {
		sqlite3_stmt *statement = table->statements[which];
		int result;

		sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
		sqlite3_bind_text(statement, 2, symbol, -1, SQLITE_STATIC);
		result = database_step(table->db, statement);
		if (result == 1)
			result = read_symbol_row(statement, ret);
		sqlite3_reset(statement);
		if (result < 0)
			return result;
	}
	return 0;
}

int
tick_table_save_symbol(struct tick_table *table, const struct symbol_row *row)
{
	sqlite3_stmt *statement = table->statements[SAVE_SYMBOL];
	int result;

	sqlite3_bind_int64(statement, 1, row->symbol_id);
	sqlite3_bind_int64(statement, 2, row->ticks);
	sqlite3_bind_int64(statement, 3, row->candles);
	bind_value(statement, 4, row->first_id);
	bind_value(statement, 5, row->newest_id);
	bind_value(statement, 6, row->newest_us);
	bind_value(statement, 7, row->ticks_from_us);
	bind_value(statement, 8, row->history_until_us);
	bind_value(statement, 9, row->whole_from_us);
	bind_value(statement, 10, row->frozen_us);
	result = database_step(table->db, statement);
	sqlite3_reset(statement);
	return result;
}

int
tick_table_set_ids(struct tick_table *table, int64_t symbol_id, enum tick_ids ids)
{
	sqlite3_stmt *statement = table->statements[SET_IDS];
	int result;

	sqlite3_bind_int64(statement, 1, symbol_id);
	sqlite3_bind_text(statement, 2, tick_ids_name(ids), -1, SQLITE_STATIC);
	result = database_step(table->db, statement);
	sqlite3_reset(statement);
	return result;
}

/* A statement of the source, with one number or without a row. */
static int
ask_source(struct tick_table *table, enum statement which, const char *source, int64_t *ret)
{
	sqlite3_stmt *statement = table->statements[which];
	int result;

	sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
	result = database_step(table->db, statement);
	if (result == 1)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return result < 0 ? result : 0;
}

int
tick_table_saves(struct tick_table *table, const char *source, int64_t *ret)
{
	return ask_source(table, SAVES, source, ret);
}

int
tick_table_count_save(struct tick_table *table, const char *source)
{
	int64_t none;

	return ask_source(table, COUNT_SAVE, source, &none);
}

int
tick_table_source_clock(struct tick_table *table, const char *source, int64_t *ret_us)
{
	return ask_source(table, CLOCK, source, ret_us);
}

int
tick_table_insert(struct tick_table *table, int64_t symbol_id, const struct tick *tick)
{
	sqlite3_stmt *statement = table->statements[INSERT];
	int result;

	sqlite3_bind_int64(statement, 1, symbol_id);
	sqlite3_bind_int64(statement, 2, tick->time_us);
	sqlite3_bind_int64(statement, 3, tick->tick_id);
	bind_value(statement, 4, tick->price_e8);
	bind_value(statement, 5, tick->volume_e8);
	bind_value(statement, 6, tick->bid_e8);
	bind_value(statement, 7, tick->ask_e8);
	sqlite3_bind_int64(statement, 8, tick->flags);
	bind_value(statement, 9, tick->trade_count > 0 ? tick->trade_count : TICK_NONE);
	result = database_step(table->db, statement);
	sqlite3_reset(statement);
	return result < 0 ? result : sqlite3_changes(database_handle(table->db));
}

int64_t
tick_table_insert_all(struct tick_table *table, const int64_t *symbol_ids, const struct tick *ticks,
    size_t count)
{
	sqlite3_stmt *statement = table->statements[INSERT_ALL];
	int result;

	table->rows = (struct tick_rows){ticks, count, symbol_ids};
	result = database_step(table->db, statement);
	sqlite3_reset(statement);
	return result < 0 ? result : sqlite3_changes64(database_handle(table->db));
}

int
tick_table_fold(struct tick_table *table, int64_t symbol_id, enum tick_ids ids,
    struct candle_builder *builder)
{
	sqlite3_stmt *row = table->statements[FOLD];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, builder->open_time_us);
	sqlite3_bind_int64(row, 3, builder->open_time_us + CANDLE_M5_US);
	sqlite3_bind_int(row, 4, ids == TICK_IDS_ORDINAL);
	while ((result = database_step(table->db, row)) == 1) {
		const struct tick tick = {
			.time_us = sqlite3_column_int64(row, 0),
			.tick_id = sqlite3_column_int64(row, 1),
			.price_e8 = stored_or_none(row, 2),
			.volume_e8 = stored_or_none(row, 3),
			.flags = (uint32_t)sqlite3_column_int64(row, 4),
			.trade_count = sqlite3_column_int64(row, 5), /* NULL is 0 */
			.bid_e8 = stored_or_none(row, 6),
		};

		if (ids == TICK_IDS_ORDINAL)
			candle_builder_add_bid(builder, &tick);
		else
			candle_builder_add(builder, &tick);
	}
	sqlite3_reset(row);
	return result;
}

/* The key that a query gives: 1, or 0 without one. */
static int
read_key(struct tick_table *table, enum statement which, int64_t *ret_time_us, int64_t *ret_tick_id)
{
	sqlite3_stmt *row = table->statements[which];
	int result = database_step(table->db, row);

	if (result == 1) {
		*ret_time_us = sqlite3_column_int64(row, 0);
		*ret_tick_id = sqlite3_column_int64(row, 1);
	}
	sqlite3_reset(row);
	return result;
}

int
tick_table_first(struct tick_table *table, int64_t symbol_id, int64_t from_us, bool trade,
    int64_t *ret_time_us, int64_t *ret_tick_id)
{
	enum statement which = trade ? FIRST_TRADE_FROM : FIRST_FROM;

	sqlite3_bind_int64(table->statements[which], 1, symbol_id);
	sqlite3_bind_int64(table->statements[which], 2, from_us);
	return read_key(table, which, ret_time_us, ret_tick_id);
}

int
tick_table_flags(struct tick_table *table, int64_t symbol_id, int64_t time_us, int64_t tick_id,
    int64_t *ret)
{
	sqlite3_stmt *row = table->statements[FLAGS];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, time_us);
	sqlite3_bind_int64(row, 3, tick_id);
	result = database_step(table->db, row);
	if (result == 1)
		*ret = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return result;
}

int
tick_table_delete_before(struct tick_table *table, int64_t symbol_id, int64_t before_us, int limit)
{
	sqlite3_stmt *end = table->statements[SLICE_END], *row = table->statements[DELETE_TO];
	int64_t time_us = before_us, tick_id = INT64_MIN;
	int result;

	sqlite3_bind_int64(end, 1, symbol_id);
	sqlite3_bind_int64(end, 2, before_us);
	sqlite3_bind_int(end, 3, limit);
	result = read_key(table, SLICE_END, &time_us, &tick_id);
	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, time_us);
	sqlite3_bind_int64(row, 3, tick_id);
	result = database_step(table->db, row);
	sqlite3_reset(row);
	return result < 0 ? result : sqlite3_changes(database_handle(table->db));
}
