#include "analysisd/dtms/dtms_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/dtms/dtms_store_statements.h"
#include "common/clock.h"

static const char *const *const lists[DTMS_STORE_LISTS] = {
	[LIST_TRADES] = dtms_store_trades_sql,
	[LIST_ADOPTED] = dtms_store_adopted_sql,
	[LIST_ACTIONS] = dtms_store_actions_sql,
	[LIST_CHECKS] = dtms_store_checks_sql,
	[LIST_EVENTS] = dtms_store_events_sql,
	[LIST_PROGRESS] = dtms_store_progress_sql,
	[LIST_OLD] = dtms_store_old_sql,
};

static int
prepare_list(struct dtms_store *store, enum dtms_store_list list)
{
	for (int i = 0; i < DTMS_STORE_STATEMENTS && lists[list][i] != NULL; i++) {
		int error = database_prepare(store->db, lists[list][i],
		    &store->statements[list][i]);

		if (error < 0)
			return error;
	}
	return 0;
}

int
dtms_store_create(struct dtms_store **ret, struct database *db, int64_t (*created)(void))
{
	struct dtms_store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return -ENOMEM;
	store->db = db;
	store->created = created != NULL ? created : clock_wall_us;
	for (int list = 0; list < DTMS_STORE_LISTS; list++) {
		int error = prepare_list(store, (enum dtms_store_list)list);

		if (error < 0) {
			dtms_store_free(store);
			return error;
		}
	}
	*ret = store;
	return 0;
}

void
dtms_store_free(struct dtms_store *store)
{
	if (store == NULL)
		return;
	for (int list = 0; list < DTMS_STORE_LISTS; list++)
		for (int i = 0; i < DTMS_STORE_STATEMENTS; i++)
			sqlite3_finalize(store->statements[list][i]);
	free(store);
}

/* ---- binding and reading ---- */

void
dtms_store_bind_text(sqlite3_stmt *row, int parameter, const char *text)
{
	if (text != NULL) /* unbound is NULL */
		sqlite3_bind_text(row, parameter, text, -1, SQLITE_STATIC);
}

void
dtms_store_bind(sqlite3_stmt *row, int parameter, int64_t value)
{
	if (value != TICK_NONE)
		sqlite3_bind_int64(row, parameter, value);
}

int
dtms_store_run(struct dtms_store *store, sqlite3_stmt *row)
{
	int result = database_step(store->db, row);

	dtms_store_end(row);
	return result < 0 ? result : sqlite3_changes(database_handle(store->db));
}

void
dtms_store_end(sqlite3_stmt *row)
{
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
}

int
dtms_store_read_text(sqlite3_stmt *row, int column, char *ret, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	if (text == NULL) {
		if (sqlite3_column_type(row, column) != SQLITE_NULL)
			return -ENOMEM;
		text = "";
	}
	if (strlen(text) >= size)
		return -EIO;
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}
