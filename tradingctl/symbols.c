#include "tradingctl/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

static int64_t
number_or_none(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL ?
	    TICK_NONE : sqlite3_column_int64(statement, column);
}

static int
append(struct symbols *symbols, sqlite3_stmt *statement)
{
	struct symbol_row *items, *row;

	items = reallocarray(symbols->items, symbols->count + 1, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	symbols->items = items;
	row = &items[symbols->count++];
	*row = (struct symbol_row){
		.symbol_id = sqlite3_column_int64(statement, 0),
		.digits = sqlite3_column_int(statement, 3),
		.newest_us = number_or_none(statement, 5),
	};
	snprintf(row->source, sizeof(row->source), "%s", sqlite3_column_text(statement, 1));
	snprintf(row->symbol, sizeof(row->symbol), "%s", sqlite3_column_text(statement, 2));
	snprintf(row->id_kind, sizeof(row->id_kind), "%s", sqlite3_column_text(statement, 4));
	row->has_ids = strcmp(row->id_kind, "ordinal") != 0;
	return 0;
}

int
symbols_read(struct database *db, struct symbols *ret, struct problem *problem)
{
	sqlite3_stmt *statement = NULL;
	int error;

	*ret = (struct symbols){0};
	error = database_prepare(db,
	    "SELECT symbol_id, source, symbol, digits, id_kind, newest_us"
	    " FROM symbols ORDER BY source, symbol", &statement);
	while (error == 0) {
		error = database_step(db, statement);
		if (error <= 0)
			break;
		error = append(ret, statement);
	}
	if (error < 0)
		problem_set(problem, error, "the symbols cannot be read: %s", database_error(db));
	sqlite3_finalize(statement);
	return error;
}

void
symbols_free(struct symbols *symbols)
{
	free(symbols->items);
	*symbols = (struct symbols){0};
}

static bool
matches(const struct symbol_row *row, const char *name)
{
	size_t length = strlen(row->source);

	if (strcmp(row->symbol, name) == 0)
		return true;
	return strncmp(row->source, name, length) == 0 && name[length] == ':' &&
	    strcmp(row->symbol, name + length + 1) == 0;
}

/* "sim:BTCUSDT, sim:ETHUSDT": all, or those that match `name`; cut to size. */
static void
list(const struct symbols *symbols, const char *name, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < symbols->count && length < size; i++) {
		const struct symbol_row *row = &symbols->items[i];

		if (name != NULL && !matches(row, name))
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%s:%s",
		    length == 0 ? "" : ", ", row->source, row->symbol);
	}
}

const struct symbol_row *
symbols_find(const struct symbols *symbols, const char *name, struct problem *problem)
{
	const struct symbol_row *found = NULL;
	char choices[256];
	int count = 0;

	for (size_t i = 0; i < symbols->count; i++)
		if (matches(&symbols->items[i], name)) {
			found = &symbols->items[i];
			count++;
		}
	if (count == 1)
		return found;
	list(symbols, count == 0 ? NULL : name, choices, sizeof(choices));
	if (count > 1)
		problem_set(problem, -EINVAL, "%.64s is ambiguous: say which of %s", name, choices);
	else if (symbols->count == 0)
		problem_set(problem, -ENOENT, "%.64s is unknown: no symbol is stored yet", name);
	else
		problem_set(problem, -ENOENT, "%.64s is unknown; stored are %s", name, choices);
	return NULL;
}
