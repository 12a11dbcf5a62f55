#include "tickd/mt5/mt5_store_state.h"

#include "common/tick.h"

static const char *const *const lists[MT5_STORE_LISTS] = {
	[LIST_CLOCK] = mt5_store_clock_sql,
	[LIST_OWNER] = mt5_store_owner_sql,
	[LIST_ACCOUNT] = mt5_store_account_sql,
	[LIST_POSITIONS] = mt5_store_positions_sql,
	[LIST_RESULTS] = mt5_store_results_sql,
};

int
mt5_store_statement(struct mt5_store *store, enum mt5_store_list list, int which,
    sqlite3_stmt **ret)
{
	sqlite3_stmt **statement = &store->statements[list][which];
	int error = 0;

	if (*statement == NULL)
		error = database_prepare(store->db, lists[list][which], statement);
	if (error < 0)
		return error;
	sqlite3_bind_text(*statement, 1, store->source, -1, SQLITE_STATIC);
	*ret = *statement;
	return 0;
}

void
mt5_store_bind(sqlite3_stmt *row, int parameter, int64_t value)
{
	if (value == TICK_NONE)
		sqlite3_bind_null(row, parameter);
	else
		sqlite3_bind_int64(row, parameter, value);
}

void
mt5_store_bind_text(sqlite3_stmt *row, int parameter, const char *text)
{
	sqlite3_bind_text(row, parameter, text, -1, SQLITE_STATIC);
}

void
mt5_store_finish(sqlite3_stmt *row)
{
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
}

int
mt5_store_run(struct mt5_store *store, sqlite3_stmt *row)
{
	int result = database_step(store->db, row);

	mt5_store_finish(row);
	return result < 0 ? result : sqlite3_changes(database_handle(store->db));
}

int
mt5_store_begin(struct mt5_store *store)
{
	return database_execute(store->db, "BEGIN IMMEDIATE");
}

int
mt5_store_end(struct mt5_store *store, int result)
{
	if (result == 0)
		result = database_execute(store->db, "COMMIT");
	if (result < 0 && !sqlite3_get_autocommit(database_handle(store->db)))
		(void)!database_execute(store->db, "ROLLBACK");
	return result;
}
