#include "analysisd/dtms/dtms_store_statements.h"

enum statement { READ, WRITE };

const char *const dtms_store_progress_sql[DTMS_STORE_STATEMENTS] = {
	[READ] = "SELECT next_us, events_seq, positions_seq, accounts_seq, results_seq, off"
		 " FROM dtms_progress WHERE source = ?1",
	[WRITE] = "INSERT OR REPLACE INTO dtms_progress(source, next_us, events_seq, positions_seq,"
		  " accounts_seq, results_seq, off) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

int
dtms_store_read_progress(struct dtms_store *store, const char *source, struct dtms_progress *ret)
{
	sqlite3_stmt *row = store->statements[LIST_PROGRESS][READ];
	int result;

	dtms_store_bind_text(row, 1, source);
	result = database_step(store->db, row);
	if (result == 1)
		*ret = (struct dtms_progress){
			.next_us = sqlite3_column_int64(row, 0),
			.events_seq = sqlite3_column_int64(row, 1),
			.positions_seq = sqlite3_column_int64(row, 2),
			.accounts_seq = sqlite3_column_int64(row, 3),
			.results_seq = sqlite3_column_int64(row, 4),
			.off = sqlite3_column_int(row, 5) != 0,
		};
	dtms_store_end(row);
	return result;
}

int
dtms_store_write_progress(struct dtms_store *store, const char *source,
    const struct dtms_progress *progress)
{
	sqlite3_stmt *row = store->statements[LIST_PROGRESS][WRITE];
	int result;

	dtms_store_bind_text(row, 1, source);
	dtms_store_bind(row, 2, progress->next_us);
	dtms_store_bind(row, 3, progress->events_seq);
	dtms_store_bind(row, 4, progress->positions_seq);
	dtms_store_bind(row, 5, progress->accounts_seq);
	dtms_store_bind(row, 6, progress->results_seq);
	dtms_store_bind(row, 7, progress->off);
	result = dtms_store_run(store, row);
	return result < 0 ? result : 0;
}
