#include "tickd/store/candle_table.h"

#include <errno.h>
#include <stdlib.h>

#include "common/stored_rows.h"

#define VALUES "VALUES(?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"

enum statement { READ, WRITE, ADD, TELL, SLICE_END, DELETE_TO, DELETE_CHANGES, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[READ] = "SELECT " STORED_CANDLE_COLUMNS " FROM m5_candles WHERE symbol_id = ?1 AND open_time_us = ?2",
	[WRITE] = "INSERT OR REPLACE INTO m5_candles(symbol_id, " STORED_CANDLE_COLUMNS ") " VALUES,
	[ADD] = "INSERT OR IGNORE INTO m5_candles(symbol_id, " STORED_CANDLE_COLUMNS ") " VALUES,
	[TELL] = "INSERT INTO changes(symbol_id, from_us, to_us, told_us) VALUES(?1, ?2, ?3, ?4)",
	[SLICE_END] = ("SELECT open_time_us FROM m5_candles WHERE symbol_id = ?1"
		      " AND open_time_us < ?2 ORDER BY open_time_us LIMIT 1 OFFSET ?3"),
	[DELETE_TO] = "DELETE FROM m5_candles WHERE symbol_id = ?1 AND open_time_us < ?2",
	/* Only from the front, whatever a clock that was set back wrote: consumers look at min(seq). */
	[DELETE_CHANGES] = ("DELETE FROM changes WHERE seq < coalesce("
			   "(SELECT min(seq) FROM (SELECT seq, told_us FROM changes ORDER BY seq"
			   " LIMIT ?2) WHERE told_us >= ?1),"
			   " (SELECT seq FROM changes ORDER BY seq LIMIT 1 OFFSET ?2),"
			   " 0x7fffffffffffffff)"),
};

struct candle_table {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
candle_table_create(struct candle_table **ret, struct database *db)
{
	struct candle_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return -ENOMEM;
	table->db = db;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &table->statements[i]);

		if (error < 0) {
			candle_table_free(table);
			return error;
		}
	}
	*ret = table;
	return 0;
}

void
candle_table_free(struct candle_table *table)
{
	if (table == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(table->statements[i]);
	free(table);
}

int
candle_table_read(struct candle_table *table, int64_t symbol_id, int64_t open_time_us,
    struct candle *ret)
{
	sqlite3_stmt *row = table->statements[READ];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, open_time_us);
	result = database_step(table->db, row);
	if (result == 1)
		stored_candle(row, ret);
	sqlite3_reset(row);
	return result;
}

static void
bind_id(sqlite3_stmt *row, int at, int64_t id)
{
	if (id == TICK_NONE)
		sqlite3_bind_null(row, at);
	else
		sqlite3_bind_int64(row, at, id);
}

static int
insert(struct candle_table *table, enum statement which, int64_t symbol_id,
    const struct candle *candle)
{
	sqlite3_stmt *row = table->statements[which];
	int result;

	sqlite3_bind_int64(row, 1, candle->open_time_us);
	sqlite3_bind_int64(row, 2, candle->open_e8);
	sqlite3_bind_int64(row, 3, candle->high_e8);
	sqlite3_bind_int64(row, 4, candle->low_e8);
	sqlite3_bind_int64(row, 5, candle->close_e8);
	sqlite3_bind_double(row, 6, candle->volume);
	sqlite3_bind_double(row, 7, candle->quote_volume);
	sqlite3_bind_double(row, 8, candle->taker_buy_volume);
	sqlite3_bind_int64(row, 9, candle->trades);
	bind_id(row, 10, candle->first_tick_id);
	bind_id(row, 11, candle->last_tick_id);
	sqlite3_bind_text(row, 12, candle_origin_name(candle->origin), -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 13, candle->revision);
	sqlite3_bind_int(row, 14, candle->complete);
	sqlite3_bind_int64(row, 15, symbol_id);
	result = database_step(table->db, row);
	sqlite3_reset(row);
	return result;
}

int
candle_table_write(struct candle_table *table, int64_t symbol_id, const struct candle *candle)
{
	return insert(table, WRITE, symbol_id, candle);
}

int
candle_table_add(struct candle_table *table, int64_t symbol_id, const struct candle *candle)
{
	int result = insert(table, ADD, symbol_id, candle);

	return result < 0 ? result : sqlite3_changes(database_handle(table->db));
}

int
candle_table_tell_change(struct candle_table *table, int64_t symbol_id, int64_t from_us,
    int64_t to_us, int64_t now_us, int64_t *ret_seq)
{
	sqlite3_stmt *row = table->statements[TELL];
	int result;

	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, from_us);
	sqlite3_bind_int64(row, 3, to_us);
	sqlite3_bind_int64(row, 4, now_us);
	result = database_step(table->db, row);
	sqlite3_reset(row);
	if (result == 0)
		*ret_seq = sqlite3_last_insert_rowid(database_handle(table->db));
	return result;
}

int
candle_table_delete_before(struct candle_table *table, int64_t symbol_id, int64_t before_us,
    int limit)
{
	sqlite3_stmt *end = table->statements[SLICE_END], *row = table->statements[DELETE_TO];
	int result;

	sqlite3_bind_int64(end, 1, symbol_id);
	sqlite3_bind_int64(end, 2, before_us);
	sqlite3_bind_int(end, 3, limit);
	result = database_step(table->db, end);
	if (result == 1)
		before_us = sqlite3_column_int64(end, 0);
	sqlite3_reset(end);
	if (result < 0)
		return result;
	sqlite3_bind_int64(row, 1, symbol_id);
	sqlite3_bind_int64(row, 2, before_us);
	result = database_step(table->db, row);
	sqlite3_reset(row);
	return result < 0 ? result : sqlite3_changes(database_handle(table->db));
}

int
candle_table_delete_changes(struct candle_table *table, int64_t told_before_us, int limit)
{
	sqlite3_stmt *row = table->statements[DELETE_CHANGES];
	int result;

	sqlite3_bind_int64(row, 1, told_before_us);
	sqlite3_bind_int(row, 2, limit);
	result = database_step(table->db, row);
	sqlite3_reset(row);
	return result < 0 ? result : sqlite3_changes(database_handle(table->db));
}
