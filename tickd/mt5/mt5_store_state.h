/*
 * What the files of mt5_store share: the source, its store of ticks, and the statements, a list for
 * each table beside the code that uses them.  Nobody else includes this.
 */
#ifndef TICKD_MT5_STORE_STATE_H
#define TICKD_MT5_STORE_STATE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "tickd/mt5/mt5_marks.h"
#include "tickd/mt5/mt5_store.h"

enum mt5_store_list {
	LIST_CLOCK, LIST_OWNER, LIST_ACCOUNT, LIST_POSITIONS, LIST_RESULTS, MT5_STORE_LISTS
};

#define MT5_STORE_STATEMENTS 6 /* of one list; what is not used of it is NULL */

extern const char *const mt5_store_clock_sql[MT5_STORE_STATEMENTS];
extern const char *const mt5_store_owner_sql[MT5_STORE_STATEMENTS];
extern const char *const mt5_store_account_sql[MT5_STORE_STATEMENTS];
extern const char *const mt5_store_positions_sql[MT5_STORE_STATEMENTS];
extern const char *const mt5_store_results_sql[MT5_STORE_STATEMENTS];

/* What a hello made. */
struct mt5_tables {
	struct store *store;	     /* of hello's symbols */
	struct string_list names;    /* of these, borrowed by the store, in ... */
	char (*texts)[MT5_NAME_MAX];
	struct mt5_watermark *marks; /* of these, as they are committed ... */
	struct mt5_watermark *moved; /* ... and within a call */
};

struct mt5_store {
	const struct settings *settings;
	struct database *db;
	const char *source;
	struct mt5_tables *tables; /* NULL before the first hello */
	struct mt5_marks *marks;   /* the same */
	int64_t first_clock_us;	   /* the source's clock until then */
	char account[MT5_NAME_MAX]; /* its name: mt5_store_bind_account() */
	bool netting;
	struct store_page *pages; /* of a call */
	size_t page_room;
	sqlite3_stmt *statements[MT5_STORE_LISTS][MT5_STORE_STATEMENTS]; /* prepared when needed */
};

/*
 * A statement of a list, prepared when it is used for the first time, with the source as its first
 * parameter.
 */
__attribute__((warn_unused_result)) int
mt5_store_statement(struct mt5_store *store, enum mt5_store_list list, int which,
    sqlite3_stmt **ret);

/* TICK_NONE is NULL. */
void
mt5_store_bind(sqlite3_stmt *row, int parameter, int64_t value);

/* Until the statement has run, `text` stays the caller's.  NULL is NULL. */
void
mt5_store_bind_text(sqlite3_stmt *row, int parameter, const char *text);

/* Runs a bound statement without rows.  Returns the rows that it changed, or -errno. */
__attribute__((warn_unused_result)) int
mt5_store_run(struct mt5_store *store, sqlite3_stmt *row);

/* Ends the reading of a statement, so that no read stays under way. */
void
mt5_store_finish(sqlite3_stmt *row);

/* A transaction of rows that the store of ticks knows nothing of; end: committed where result is 0. */
__attribute__((warn_unused_result)) int
mt5_store_begin(struct mt5_store *store);
__attribute__((warn_unused_result)) int
mt5_store_end(struct mt5_store *store, int result);

/* NULL is allowed. */
void
mt5_tables_free(struct mt5_tables *tables);

/* ---- parts of mt5_store_open(), in its transaction ---- */

/*
 * The source is that account's, from now on if it was nobody's; -EPERM as mt5_store_open().
 *
 * *ret_name is what the account is called in all other tables, chosen at the source's first hello,
 * for good: its number, or "ACCOUNT@SERVER" where another source has that number at another server,
 * for DTMS knows a trade by account and ticket whatever its source.  No two accounts have a name.
 */
__attribute__((warn_unused_result)) int
mt5_store_bind_account(struct mt5_store *store, const struct mt5_hello *hello,
    char ret_name[static MT5_NAME_MAX], struct problem *problem);

/* Digits and terms, where they are others than the stored ones. */
__attribute__((warn_unused_result)) int
mt5_store_terms(struct mt5_store *store, int64_t symbol_id, const struct mt5_symbol *symbol,
    int64_t clock_us);

/* The tickets of the account that are open, ascending, the caller's to free. */
__attribute__((warn_unused_result)) int
mt5_store_open_tickets(struct mt5_store *store, const char *account, int64_t **ret,
    size_t *ret_count);

#endif
