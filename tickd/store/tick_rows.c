#include "tickd/store/tick_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define POINTER_TYPE "tick_rows" /* what a bound pointer must be, so that no other gets in */

enum column { LAST_OF_TICK = 8, ROWS }; /* ROWS is hidden: the argument */

struct cursor {
	sqlite3_vtab_cursor base;
	const struct tick *at, *end;
	const int64_t *symbol_ids;
};

static int
on_connect(sqlite3 *handle, void *unused, int argc, const char *const *argv, sqlite3_vtab **ret,
    char **ret_error)
{
	sqlite3_vtab *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return SQLITE_NOMEM;
	*ret = table;
	return sqlite3_declare_vtab(handle, "CREATE TABLE x(symbol_id, time_us, tick_id, price_e8,"
					    " volume_e8, bid_e8, ask_e8, flags, trade_count,"
					    " rows HIDDEN)");
}

static int
on_disconnect(sqlite3_vtab *table)
{
	free(table);
	return SQLITE_OK;
}

/* There is one way to read it: from the first to the last of the rows that are the argument. */
static int
on_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	info->estimatedCost = 10000;
	for (int i = 0; i < info->nConstraint; i++)
		if (info->aConstraint[i].iColumn == ROWS && info->aConstraint[i].usable &&
		    info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ) {
			info->aConstraintUsage[i].argvIndex = 1;
			info->aConstraintUsage[i].omit = 1;
			return SQLITE_OK;
		}
	return SQLITE_CONSTRAINT;
}

static int
on_open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
	struct cursor *cursor = calloc(1, sizeof(*cursor));

	if (cursor == NULL)
		return SQLITE_NOMEM;
	*ret = (sqlite3_vtab_cursor *)cursor; /* its first member */
	return SQLITE_OK;
}

static int
on_close(sqlite3_vtab_cursor *cursor)
{
	free(cursor);
	return SQLITE_OK;
}

static int
on_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc, sqlite3_value **argv)
{
	const struct tick_rows *rows = sqlite3_value_pointer(argv[0], POINTER_TYPE);
	struct cursor *cursor = (struct cursor *)base;

	cursor->at = cursor->end = NULL;
	if (rows == NULL)
		return SQLITE_OK;
	cursor->at = rows->ticks;
	cursor->end = rows->ticks + rows->count;
	cursor->symbol_ids = rows->symbol_ids;
	return SQLITE_OK;
}

static int
on_next(sqlite3_vtab_cursor *base)
{
	((struct cursor *)base)->at++;
	return SQLITE_OK;
}

static int
on_eof(sqlite3_vtab_cursor *base)
{
	const struct cursor *cursor = (const struct cursor *)base;

	return cursor->at == cursor->end;
}

static void
give(sqlite3_context *result, int64_t value)
{
	if (value != TICK_NONE) /* a result that is not set is NULL */
		sqlite3_result_int64(result, value);
}

static int
on_column(sqlite3_vtab_cursor *base, sqlite3_context *result, int column)
{
	const struct cursor *cursor = (const struct cursor *)base;
	const struct tick *tick = cursor->at;

	switch (column) {
	case 0:
		give(result, cursor->symbol_ids[tick->symbol]);
		break;
	case 1:
		give(result, tick->time_us);
		break;
	case 2:
		give(result, tick->tick_id);
		break;
	case 3:
		give(result, tick->price_e8);
		break;
	case 4:
		give(result, tick->volume_e8);
		break;
	case 5:
		give(result, tick->bid_e8);
		break;
	case 6:
		give(result, tick->ask_e8);
		break;
	case 7:
		give(result, tick->flags);
		break;
	case LAST_OF_TICK:
		if (tick->trade_count > 0)
			give(result, tick->trade_count);
		break;
	default:
		break;
	}
	return SQLITE_OK;
}

static int
on_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	const struct cursor *cursor = (const struct cursor *)base;

	*ret = cursor->end - cursor->at;
	return SQLITE_OK;
}

static bool
is_registered(sqlite3 *handle)
{
	sqlite3_stmt *statement;
	bool known = sqlite3_prepare_v2(handle, "SELECT 1 FROM tick_rows(NULL)", -1, &statement,
	    NULL) == SQLITE_OK;

	if (known)
		sqlite3_finalize(statement);
	return known;
}

/* Not a second time: SQLite would then prepare every statement of the connection anew. */
int
tick_rows_register(sqlite3 *handle)
{
	static const sqlite3_module module = {
		.xConnect = on_connect, /* without xCreate: it is there by its name alone */
		.xBestIndex = on_best_index,
		.xDisconnect = on_disconnect,
		.xOpen = on_open,
		.xClose = on_close,
		.xFilter = on_filter,
		.xNext = on_next,
		.xEof = on_eof,
		.xColumn = on_column,
		.xRowid = on_rowid,
	};

	if (is_registered(handle))
		return 0;
	return sqlite3_create_module(handle, "tick_rows", &module, NULL) == SQLITE_OK ? 0 : -ENOMEM;
}

void
tick_rows_bind(sqlite3_stmt *statement, int at, struct tick_rows *rows)
{
	sqlite3_bind_pointer(statement, at, rows, POINTER_TYPE, NULL);
}
