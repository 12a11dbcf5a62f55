#include "analysisd/dtms/dtms_store_statements.h"

#include <string.h>

#include "common/stored_rows.h"

enum statement { WRITE, FIND, RE_ADDS };

const char *const dtms_store_adopted_sql[DTMS_STORE_STATEMENTS] = {
	[WRITE] = "INSERT OR REPLACE INTO dtms_adopted(account, ticket, parent_ticket,"
		  " parent_registered_us, kind, volume_e8, opened_us, closed_us, source)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[FIND] = "SELECT account, ticket, parent_ticket, parent_registered_us, kind, volume_e8,"
		 " opened_us, closed_us, source FROM dtms_adopted WHERE account = ?1"
		 " AND ticket = ?2 AND source = ?3",
	[RE_ADDS] = "SELECT ticket, volume_e8 FROM dtms_adopted WHERE account = ?1"
		    " AND parent_ticket = ?2 AND parent_registered_us = ?3 AND source = ?4"
		    " AND kind = 're_add' AND closed_us IS NULL ORDER BY opened_us, ticket",
};

static const char *
kind_name(bool hedge)
{
	return hedge ? "hedge" : "re_add";
}

int
dtms_store_write_adopted(struct dtms_store *store, const struct dtms_adopted *adopted)
{
	sqlite3_stmt *row = store->statements[LIST_ADOPTED][WRITE];
	int result;

	dtms_store_bind_text(row, 1, adopted->account);
	dtms_store_bind(row, 2, adopted->ticket);
	dtms_store_bind(row, 3, adopted->parent_ticket);
	dtms_store_bind(row, 4, adopted->parent_registered_us);
	dtms_store_bind_text(row, 5, kind_name(adopted->hedge));
	dtms_store_bind(row, 6, adopted->volume_e8);
	dtms_store_bind(row, 7, adopted->opened_us);
	dtms_store_bind(row, 8, adopted->closed_us);
	dtms_store_bind_text(row, 9, adopted->source);
	result = dtms_store_run(store, row);
	return result < 0 ? result : 0;
}

static int
read_adopted(sqlite3_stmt *row, struct dtms_adopted *ret)
{
	struct dtms_adopted adopted = {
		.ticket = sqlite3_column_int64(row, 1),
		.parent_ticket = sqlite3_column_int64(row, 2),
		.parent_registered_us = sqlite3_column_int64(row, 3),
		.volume_e8 = sqlite3_column_int64(row, 5),
		.opened_us = sqlite3_column_int64(row, 6),
		.closed_us = stored_or_none(row, 7),
	};
	char kind[TRADE_NAME_MAX];
	int error = dtms_store_read_text(row, 0, adopted.account, sizeof(adopted.account));

	if (error == 0)
		error = dtms_store_read_text(row, 4, kind, sizeof(kind));
	if (error == 0)
		error = dtms_store_read_text(row, 8, adopted.source, sizeof(adopted.source));
	if (error < 0)
		return error;
	adopted.hedge = strcmp(kind, kind_name(true)) == 0;
	*ret = adopted;
	return 1;
}

int
dtms_store_find_adopted(struct dtms_store *store, const char *source, const char *account,
    int64_t ticket, struct dtms_adopted *ret)
{
	sqlite3_stmt *row = store->statements[LIST_ADOPTED][FIND];
	int result;

	dtms_store_bind_text(row, 1, account);
	dtms_store_bind(row, 2, ticket);
	dtms_store_bind_text(row, 3, source);
	result = database_step(store->db, row);
	if (result == 1)
		result = read_adopted(row, ret);
	dtms_store_end(row);
	return result;
}

int
dtms_store_read_re_adds(struct dtms_store *store, struct dtms_trade *trade)
{
	sqlite3_stmt *row = store->statements[LIST_ADOPTED][RE_ADDS];
	struct dtms_re_adds *re_adds = &trade->re_adds;
	int result;

	re_adds->count = 0;
	dtms_store_bind_text(row, 1, trade->account);
	dtms_store_bind(row, 2, trade->ticket);
	dtms_store_bind(row, 3, trade->registered_us);
	dtms_store_bind_text(row, 4, trade->source);
	while ((result = database_step(store->db, row)) == 1 && re_adds->count < DTMS_RE_ADDS_MAX) {
		re_adds->tickets[re_adds->count] = sqlite3_column_int64(row, 0);
		re_adds->volumes_e8[re_adds->count++] = sqlite3_column_int64(row, 1);
	}
	dtms_store_end(row);
	return result < 0 ? result : 0;
}
