#include "tradingctl/row_object.h"

#include <errno.h>
#include <stdio.h>

#include "tradingctl/row_text.h"

#define NAME_SIZE 64 /* bytes of a member's name with its NUL */

static json_t *
text_of(sqlite3_stmt *row, int column)
{
	return json_string((const char *)sqlite3_column_text(row, column));
}

static json_t *
json_of(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	json_t *value = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);

	return value == NULL ? text_of(row, column) : value;
}

static json_t *
time_of(sqlite3_stmt *row, int column)
{
	char text[CLOCK_TEXT_SIZE];

	return json_string(row_text_time(sqlite3_column_int64(row, column), text));
}

static json_t *
value_of(sqlite3_stmt *row, int column, enum row_kind kind)
{
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return json_null();
	switch (kind) {
	case ROW_INTEGER:
		return json_integer(sqlite3_column_int64(row, column));
	case ROW_REAL:
		return json_real(sqlite3_column_double(row, column));
	case ROW_BOOLEAN:
		return json_boolean(sqlite3_column_int64(row, column) != 0);
	case ROW_TIME:
		return time_of(row, column);
	case ROW_E8:
		return row_json_price(sqlite3_column_int64(row, column), 0);
	case ROW_JSON:
		return json_of(row, column);
	case ROW_TEXT:
	default:
		return text_of(row, column);
	}
}

static int
add_column(json_t *object, sqlite3_stmt *row, int at, const struct row_column *column)
{
	char name[NAME_SIZE];

	if (json_object_set_new(object, column->name, value_of(row, at, column->kind)) < 0)
		return -ENOMEM;
	if (column->kind != ROW_TIME)
		return 0;
	snprintf(name, sizeof(name), "%s_us", column->name);
	return json_object_set_new(object, name, value_of(row, at, ROW_INTEGER));
}

json_t *
row_object(sqlite3_stmt *row, const struct row_column *columns)
{
	json_t *object = json_object();

	for (int i = 0; object != NULL && columns[i].name != NULL; i++)
		if (add_column(object, row, i, &columns[i]) < 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

int
row_objects_read(struct database *db, sqlite3_stmt *statement, const struct row_column *columns,
    json_t **ret)
{
	json_t *rows = json_array();
	int error = rows == NULL ? -ENOMEM : 0;

	while (error == 0 && (error = database_step(db, statement)) == 1)
		error = json_array_append_new(rows, row_object(statement, columns)) < 0 ?
		    -ENOMEM : 0;
	sqlite3_finalize(statement);
	if (error == 0)
		*ret = rows;
	else
		json_decref(rows);
	return error;
}
