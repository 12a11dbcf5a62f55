#include "analysisd/dtms/dtms_store_statements.h"

/*
 * ?1 the source, ?2 rows older than this, ?3 at most so many.  In this order: a trade stays until
 * the positions adopted for it are gone, or nobody would know whose they are.
 */
const char *const dtms_store_old_sql[DTMS_STORE_STATEMENTS] = {
	"DELETE FROM dtms_actions WHERE id IN (SELECT id FROM dtms_actions WHERE source = ?1"
	" AND time_us < ?2 ORDER BY time_us LIMIT ?3)",
	"DELETE FROM dtms_checks WHERE (account, ticket, time_us, source) IN (SELECT account,"
	" ticket, time_us, source FROM dtms_checks WHERE source = ?1 AND time_us < ?2"
	" ORDER BY time_us LIMIT ?3)",
	"DELETE FROM dtms_adopted WHERE (account, ticket, source) IN (SELECT a.account, a.ticket,"
	" a.source FROM dtms_adopted a JOIN dtms_trades t ON t.source = a.source"
	" AND t.account = a.account"
	" AND t.ticket = a.parent_ticket AND t.registered_us = a.parent_registered_us"
	" WHERE t.source = ?1 AND t.closed_us IS NOT NULL AND t.closed_us < ?2"
	" AND a.closed_us IS NOT NULL AND a.closed_us < ?2 ORDER BY a.closed_us LIMIT ?3)",
	"DELETE FROM dtms_trades WHERE (account, ticket, registered_us) IN (SELECT account, ticket,"
	" registered_us FROM dtms_trades t WHERE source = ?1 AND closed_us IS NOT NULL"
	" AND closed_us < ?2 AND NOT EXISTS (SELECT 1 FROM dtms_adopted a"
	" WHERE a.source = t.source AND a.account = t.account AND a.parent_ticket = t.ticket"
	" AND a.parent_registered_us = t.registered_us) ORDER BY closed_us LIMIT ?3)",
};

static int
delete_of(struct dtms_store *store, sqlite3_stmt *row, const char *source, int64_t before_us,
    int limit)
{
	dtms_store_bind_text(row, 1, source);
	dtms_store_bind(row, 2, before_us);
	sqlite3_bind_int(row, 3, limit);
	return dtms_store_run(store, row);
}

int
dtms_store_delete(struct dtms_store *store, const char *source, int64_t before_us, int limit)
{
	int count = 0;

	for (int i = 0; i < DTMS_STORE_STATEMENTS && count < limit; i++) {
		sqlite3_stmt *row = store->statements[LIST_OLD][i];
		int result = row == NULL ? 0 :
		    delete_of(store, row, source, before_us, limit - count);

		if (result < 0)
			return result;
		count += result;
	}
	return count;
}
