#include "tickd/tick_table.h"

#include <errno.h>
#include <stdlib.h>

#include "common/stored_rows.h"
#include "tickd/tick_rows.h"

enum statement { ADD_SYMBOL, READ_SYMBOL, SAVE_SYMBOL, CLOCK, INSERT, INSERT_ALL, FOLD, STATEMENTS };

#define TICK_COLUMNS "symbol_id, time_us, tick_id, price_e8, volume_e8, bid_e8, ask_e8, flags"

static const char *const sql[STATEMENTS] = {
	[ADD_SYMBOL] = "INSERT OR IGNORE INTO symbols(source, symbol) VALUES(?1, ?2)",
	[READ_SYMBOL] = ("SELECT symbol_id, ticks, candles, first_id, newest_id, newest_us,"
			" ticks_from_us, history_until_us,"
			" (SELECT time_us FROM unified_ticks t WHERE t.symbol_id = s.symbol_id"
			"  AND flags & 1 ORDER BY time_us LIMIT 1) FROM symbols s"
			" WHERE source = ?1 AND symbol = ?2"),
	[SAVE_SYMBOL] = ("UPDATE symbols SET ticks = ?2, candles = ?3, first_id = ?4, newest_id = ?5,"
			" newest_us = ?6, ticks_from_us = ?7, history_until_us = ?8"
			" WHERE symbol_id = ?1"),
	[CLOCK] = "SELECT coalesce(max(newest_us), 0) FROM symbols WHERE source = ?1",
	[INSERT] = ("INSERT OR IGNORE INTO unified_ticks(" TICK_COLUMNS ")"
		   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[INSERT_ALL] = ("INSERT OR IGNORE INTO unified_ticks(" TICK_COLUMNS ")"
		       " SELECT " TICK_COLUMNS " FROM tick_rows"),
	[FOLD] = ("SELECT time_us, tick_id, price_e8, volume_e8, flags FROM unified_ticks"
		 " WHERE symbol_id = ?1 AND time_us >= ?2 AND time_us < ?3 AND flags & 1"),
};

struct tick_table {
	struct database *db;
	struct tick_rows rows; /* what INSERT_ALL reads */
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
	error = tick_rows_register(database_handle(db), &table->rows);
	for (int i = 0; i < STATEMENTS && error == 0; i++)
		error = database_prepare(db, sql[i], &table->statements[i]);
	if (error < 0) {
		tick_table_free(table);
		return error;
	}
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

static void
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
		.first_us = stored_or_none(row, 8),
	};
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
			read_symbol_row(statement, ret);
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
	result = database_step(table->db, statement);
	sqlite3_reset(statement);
	return result;
}

int
tick_table_source_clock(struct tick_table *table, const char *source, int64_t *ret_us)
{
	sqlite3_stmt *statement = table->statements[CLOCK];
	int result;

	sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
	result = database_step(table->db, statement);
	if (result == 1)
		*ret_us = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return result < 0 ? result : 0;
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
tick_table_fold(struct tick_table *table, int64_t symbol_id, struct candle_builder *builder)
{
	sqlite3_stmt *row = table->statements[FOLD];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, builder->open_time_us);
	sqlite3_bind_int64(row, 3, builder->open_time_us + CANDLE_M5_US);
	while ((result = database_step(table->db, row)) == 1) {
		const struct tick tick = {
			.time_us = sqlite3_column_int64(row, 0),
			.tick_id = sqlite3_column_int64(row, 1),
			.price_e8 = sqlite3_column_int64(row, 2),
			.volume_e8 = sqlite3_column_int64(row, 3),
			.flags = (uint32_t)sqlite3_column_int64(row, 4),
		};

		candle_builder_add(builder, &tick);
	}
	sqlite3_reset(row);
	return result;
}
