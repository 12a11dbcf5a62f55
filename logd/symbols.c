#include "logd/symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/stored_rows.h"
#include "common/tick.h"

#define CHOICES_MAX 8 /* named in a 409 */

#define COLUMNS                                                                                    \
	"symbol_id, source, symbol, id_kind, digits, ticks, candles, newest_id, newest_us, "      \
	"ticks_from_us"

static const struct readers_query all_symbols = {DATABASE_TICKS,
	"SELECT " COLUMNS " FROM symbols ORDER BY source, symbol LIMIT ?1"};
static const struct readers_query symbols_of_name = {DATABASE_TICKS,
	"SELECT " COLUMNS " FROM symbols WHERE symbol = ?1 ORDER BY source LIMIT ?2"};
static const struct readers_query symbol_of_source = {DATABASE_TICKS,
	"SELECT " COLUMNS " FROM symbols WHERE symbol = ?1 AND source = ?3 LIMIT ?2"};

static void
copy_text(char *target, size_t size, sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	snprintf(target, size, "%s", text == NULL ? "" : (const char *)text);
}

static void
read_row(sqlite3_stmt *statement, struct symbol_row *row)
{
	row->symbol_id = sqlite3_column_int64(statement, 0);
	copy_text(row->source, sizeof(row->source), statement, 1);
	copy_text(row->symbol, sizeof(row->symbol), statement, 2);
	copy_text(row->id_kind, sizeof(row->id_kind), statement, 3);
	row->digits = sqlite3_column_int(statement, 4);
	row->ticks = sqlite3_column_int64(statement, 5);
	row->candles = sqlite3_column_int64(statement, 6);
	row->newest_id = stored_or_none(statement, 7);
	row->newest_us = stored_or_none(statement, 8);
	row->ticks_from_us = stored_or_none(statement, 9);
}

static int
read_rows(struct readers *readers, const struct readers_query *query, sqlite3_stmt *statement,
    struct symbol_row *rows, size_t capacity, size_t *ret_count, struct problem *problem)
{
	size_t count = 0;
	int stepped = 1;

	while (count < capacity && (stepped = readers_step(readers, query, statement, problem)) == 1)
		read_row(statement, &rows[count++]);
	readers_done(statement);
	if (stepped < 0)
		return stepped;
	*ret_count = count;
	return 0;
}

int
symbols_list(struct readers *readers, struct symbol_row *rows, size_t capacity, size_t *ret_count,
    struct problem *problem)
{
	sqlite3_stmt *statement;
	int error = readers_begin(readers, &all_symbols, &statement, problem);

	if (error < 0)
		return error;
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)capacity);
	return read_rows(readers, &all_symbols, statement, rows, capacity, ret_count, problem);
}

static int
ambiguous(const char *name, const struct symbol_row *rows, size_t count, struct problem *problem)
{
	char choices[CHOICES_MAX * (2 * SYMBOLS_NAME_SIZE + 2)] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(choices + used, sizeof(choices) - used, "%s%s:%s",
		    i == 0 ? "" : ", ", rows[i].source, rows[i].symbol);
	return problem_set(problem, -ENOTUNIQ, "%s is known from several sources: ask for one of %s",
	    name, choices);
}

int
symbols_find(struct readers *readers, const char *name, struct symbol_row *ret_row,
    struct problem *problem)
{
	const char *colon = strchr(name, ':');
	const char *symbol = colon == NULL ? name : colon + 1;
	const struct readers_query *query = colon == NULL ? &symbols_of_name : &symbol_of_source;
	struct symbol_row rows[CHOICES_MAX];
	sqlite3_stmt *statement;
	size_t count = 0;
	int error = readers_begin(readers, query, &statement, problem);

	if (error < 0)
		return error;
	sqlite3_bind_text(statement, 1, symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 2, CHOICES_MAX);
	if (colon != NULL)
		sqlite3_bind_text(statement, 3, name, (int)(colon - name), SQLITE_STATIC);
	error = read_rows(readers, query, statement, rows, CHOICES_MAX, &count, problem);
	if (error < 0)
		return error;
	if (count == 0)
		return problem_set(problem, -ESRCH, "%s is not a symbol that is stored", name);
	if (count > 1)
		return ambiguous(name, rows, count, problem);
	*ret_row = rows[0];
	return 0;
}
