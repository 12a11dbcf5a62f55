#include "tradingctl/gap_rows.h"

#include <errno.h>
#include <string.h>

#include "tradingctl/row_text.h"

static const char sql[] =
    "SELECT source, symbol, g.first_id, g.last_id,"
    " CASE state WHEN 'filled' THEN 0 ELSE coalesce(missing_last_id - missing_first_id,"
    "  g.last_id - g.first_id) + 1 END,"
    " missing_first_id, missing_last_id, from_us, to_us, opened_us, filled_us, state, reason"
    " FROM feed_gaps g JOIN symbols s USING (symbol_id)"
    " WHERE (?1 IS NULL OR symbol_id = ?1) AND (?2 OR state <> 'filled')"
    " ORDER BY source, symbol, g.first_id";

static json_t *
integer(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ?
	    json_null() : json_integer(sqlite3_column_int64(row, column));
}

static json_t *
time(sqlite3_stmt *row, int column)
{
	char text[CLOCK_TEXT_SIZE];

	return sqlite3_column_type(row, column) == SQLITE_NULL ?
	    json_null() : json_string(row_text_time(sqlite3_column_int64(row, column), text));
}

static json_t *
text(sqlite3_stmt *row, int column)
{
	const char *value = (const char *)sqlite3_column_text(row, column);

	return value == NULL ? json_null() : json_string(value);
}

static double
percent(int64_t part, int64_t whole)
{
	return whole <= 0 ? 100 : 100.0 * (double)part / (double)whole;
}

static json_t *
read_row(sqlite3_stmt *row)
{
	int64_t ids = sqlite3_column_int64(row, 3) - sqlite3_column_int64(row, 2) + 1;
	int64_t missing = sqlite3_column_int64(row, 4);

	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:f, s:o, s:o, s:o, s:o, s:o, s:o,"
			 " s:o, s:o}",
	    "source", text(row, 0), "symbol", text(row, 1), "first_id", integer(row, 2), "last_id",
	    integer(row, 3), "ids", (json_int_t)ids, "missing", (json_int_t)missing, "filled",
	    (json_int_t)(ids - missing), "percent", percent(ids - missing, ids),
	    "missing_first_id", integer(row, 5), "missing_last_id", integer(row, 6), "from",
	    time(row, 7), "to", time(row, 8), "opened", time(row, 9), "closed", time(row, 10),
	    "state", text(row, 11), "reason", text(row, 12));
}

int
gap_rows_read(struct database *db, const struct symbol_row *only, bool filled, json_t **ret)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, sql, &statement);
	json_t *rows;

	if (error < 0)
		return error;
	if (only != NULL)
		sqlite3_bind_int64(statement, 1, only->symbol_id);
	sqlite3_bind_int(statement, 2, filled);
	rows = json_array();
	while (rows != NULL && (error = database_step(db, statement)) == 1)
		if (json_array_append_new(rows, read_row(statement)) < 0) {
			error = -ENOMEM;
			break;
		}
	if (rows == NULL)
		error = -ENOMEM;
	sqlite3_finalize(statement);
	if (error == 0)
		*ret = rows;
	else
		json_decref(rows);
	return error;
}

/* ---- totals ---- */

static json_int_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void
add_to(json_t *total, const char *key, json_int_t more)
{
	json_object_set_new(total, key, json_integer(number(total, key) + more));
}

static bool
is_of(const json_t *row, const json_t *total)
{
	return json_equal(json_object_get(row, "symbol"), json_object_get(total, "symbol")) &&
	    json_equal(json_object_get(row, "source"), json_object_get(total, "source"));
}

json_t *
gap_rows_totals(const json_t *rows)
{
	json_t *totals = json_array(), *total = NULL;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *state = json_string_value(json_object_get(row, "state"));
		bool unfillable = state != NULL && strcmp(state, "unfillable") == 0;

		if (total == NULL || !is_of(row, total)) {
			total = json_pack("{s:O, s:O, s:i, s:i, s:i, s:i, s:f, s:i}", "source",
			    json_object_get(row, "source"), "symbol",
			    json_object_get(row, "symbol"), "gaps", 0, "ids", 0, "missing", 0,
			    "filled", 0, "percent", 0.0, "unfillable", 0);
			if (json_array_append_new(totals, total) < 0)
				break;
		}
		add_to(total, "gaps", 1);
		add_to(total, "ids", number(row, "ids"));
		add_to(total, "filled", number(row, "filled"));
		add_to(total, unfillable ? "unfillable" : "missing", number(row, "missing"));
		json_object_set_new(total, "percent",
		    json_real(percent(number(total, "filled"), number(total, "ids"))));
	}
	return totals;
}
