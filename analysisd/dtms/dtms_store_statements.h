/*
 * What the files of dtms_store share: the statements, a list for each table beside the code that
 * uses them, and how values are bound and read.
 */
#ifndef ANALYSISD_DTMS_DTMS_STORE_STATEMENTS_H
#define ANALYSISD_DTMS_DTMS_STORE_STATEMENTS_H

#include <sqlite3.h>

#include "analysisd/dtms/dtms_store.h"

enum dtms_store_list {
	LIST_TRADES,
	LIST_ADOPTED,
	LIST_ACTIONS,
	LIST_CHECKS,
	LIST_EVENTS,
	LIST_PROGRESS,
	LIST_OLD,
	DTMS_STORE_LISTS
};

#define DTMS_STORE_STATEMENTS 8 /* of one list; what is not used of it is NULL */

extern const char *const dtms_store_trades_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_adopted_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_actions_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_checks_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_events_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_progress_sql[DTMS_STORE_STATEMENTS];
extern const char *const dtms_store_old_sql[DTMS_STORE_STATEMENTS];

struct dtms_store {
	struct database *db;
	int64_t (*created)(void);
	sqlite3_stmt *statements[DTMS_STORE_LISTS][DTMS_STORE_STATEMENTS];
};

/* Bound as they are until the statement has run: `text` stays the caller's.  NULL is NULL. */
void
dtms_store_bind_text(sqlite3_stmt *row, int parameter, const char *text);

/* TICK_NONE is NULL: where a column must not be, writing fails. */
void
dtms_store_bind(sqlite3_stmt *row, int parameter, int64_t value);

/* Runs a bound statement without rows.  Returns the rows that it changed, or -errno. */
__attribute__((warn_unused_result)) int
dtms_store_run(struct dtms_store *store, sqlite3_stmt *row);

/* Ends the reading of a statement, so that no read stays under way. */
void
dtms_store_end(sqlite3_stmt *row);

/*
 * A text column into `size` bytes, "" for NULL.  Returns 0, -EIO where it is longer than what we
 * write, -ENOMEM.
 */
__attribute__((warn_unused_result)) int
dtms_store_read_text(sqlite3_stmt *row, int column, char *ret, size_t size);

#endif
