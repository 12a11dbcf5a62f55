#include "analysisd/dtms/dtms_store_statements.h"

enum statement { WRITE };

const char *const dtms_store_checks_sql[DTMS_STORE_STATEMENTS] = {
	[WRITE] = "INSERT OR REPLACE INTO dtms_checks(account, ticket, time_us, registered_us,"
		  " source, cause, state_from, state_to, reason, score, market)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
};

int
dtms_store_write_check(struct dtms_store *store, const struct dtms_trade *trade,
    const struct dtms_decision *decision, int64_t time_us, const char *market)
{
	sqlite3_stmt *row = store->statements[LIST_CHECKS][WRITE];
	enum dtms_state to = decision->row != NULL ? decision->row->to : decision->from;
	int result;

	dtms_store_bind_text(row, 1, trade->account);
	dtms_store_bind(row, 2, trade->ticket);
	dtms_store_bind(row, 3, time_us);
	dtms_store_bind(row, 4, trade->registered_us);
	dtms_store_bind_text(row, 5, trade->source);
	dtms_store_bind_text(row, 6, decision->cause);
	dtms_store_bind_text(row, 7, dtms_state_name(decision->from));
	dtms_store_bind_text(row, 8, dtms_state_name(to));
	dtms_store_bind_text(row, 9, decision->reason);
	sqlite3_bind_double(row, 10, decision->score.total);
	dtms_store_bind_text(row, 11, market);
	result = dtms_store_run(store, row);
	return result < 0 ? result : 0;
}
