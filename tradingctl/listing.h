/*
 * Stored rows of one symbol, in the order of time, page by page: the newest, a range, or with
 * --follow what comes as well.  What the rows are is told by a struct listing_kind.
 */
#ifndef TRADINGCTL_LISTING_H
#define TRADINGCTL_LISTING_H

#include <jansson.h>
#include <sqlite3.h>
#include <stddef.h>

#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/symbols.h"

#define LISTING_PAGE_ROWS 1000 /* read in one snapshot, then printed without one */
#define LISTING_DEFAULT_ROWS 20 /* without --from and --limit */
#define LISTING_FOLLOW_MS 200	/* between two looks with --follow */

/* Where a row stands; `id` is 0 where the time alone tells rows apart. */
struct listing_key {
	int64_t time_us, id;
};

struct listing_kind {
	const char *rows;   /* "ticks": for sentences */
	const char *titles; /* of columns_create() */
	size_t row_size;
	/* ?1 the symbol, ?2 the last time: the key of the ?3 + 1st row from the end. */
	const char *start_sql;
	/* ?1 the symbol, behind the key (?2, ?3), ?4 the last time, at most ?5 rows. */
	const char *page_sql;
	struct listing_key (*read)(sqlite3_stmt *statement, void *ret_row);
	/* A new reference, NULL: out of memory. */
	json_t *(*json)(const struct symbol_row *symbol, const void *row);
	void (*add)(struct columns *columns, const struct symbol_row *symbol, const void *row);
};

/* Prints what the arguments ask for, of the symbol that is their first word: the exit status. */
int
listing_run(const struct arguments *arguments, const struct listing_kind *kind);

#endif
