/*
 * Rows of any query as JSON objects, by a table that names their columns.  What is NULL in the
 * database is null.
 */
#ifndef TRADINGCTL_ROW_OBJECT_H
#define TRADINGCTL_ROW_OBJECT_H

#include <jansson.h>

#include "common/database.h"

enum row_kind {
	ROW_TEXT,
	ROW_INTEGER,
	ROW_REAL,
	ROW_BOOLEAN,
	ROW_TIME,  /* microseconds: NAME in ISO 8601, and NAME_us */
	ROW_E8,	   /* 1e-8: the exact decimal as a string */
	ROW_JSON,  /* text that is JSON: its value; what is none stays text */
};

struct row_column {
	const char *name;
	enum row_kind kind;
};

/* The row that the statement is on; `columns` are those of its query, ended by a NULL name.
 * A new reference, NULL: out of memory. */
json_t *
row_object(sqlite3_stmt *row, const struct row_column *columns);

/*
 * All rows of a statement with its parameters bound, in an array, the caller's reference.
 * Finalises the statement.  Returns 0, or -errno as database_step().
 */
__attribute__((warn_unused_result)) int
row_objects_read(struct database *db, sqlite3_stmt *statement, const struct row_column *columns,
    json_t **ret);

#endif
