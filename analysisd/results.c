#include "analysisd/results.h"

#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/tick.h"

enum statement { WRITE, REMOVE, WRITE_PROGRESS, READ_PROGRESS, WRITE_SEEN, DELETE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[WRITE] = ("INSERT INTO analysis_results(source, symbol, analysis_type, timeframe, time_us,"
		  " result, confidence, input_revision, created_us)"
		  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET"
		  " result = ?6, confidence = ?7, input_revision = ?8, created_us = ?9"
		  " WHERE input_revision IS NOT ?8"
		  " OR (NOT ?10 AND (result IS NOT ?6 OR confidence IS NOT ?7))"),
	[REMOVE] = ("DELETE FROM analysis_results WHERE source = ?1 AND symbol = ?2"
		   " AND analysis_type = ?3 AND timeframe = ?4 AND time_us = ?5"),
	[WRITE_PROGRESS] = ("INSERT OR REPLACE INTO analysis_progress(source, symbol, first_us,"
			   " next_us, changes_seq, history_us, results, made_by)"
			   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
	[READ_PROGRESS] = ("SELECT first_us, next_us, changes_seq, history_us, results,"
			  " made_by FROM analysis_progress WHERE source = ?1 AND symbol = ?2"),
	[DELETE] = ("DELETE FROM analysis_results WHERE id IN (SELECT id FROM analysis_results"
		   " WHERE source = ?1 AND symbol = ?2 AND time_us < ?3 ORDER BY time_us LIMIT ?4)"),
	[WRITE_SEEN] = "UPDATE analysis_progress SET changes_seq = ?1 WHERE changes_seq < ?1",
};

struct results {
	struct database *db;
	int64_t (*created)(void);
	sqlite3_stmt *statements[STATEMENTS];
};

int
results_create(struct results **ret, struct database *db, int64_t (*created)(void))
{
	struct results *results = calloc(1, sizeof(*results));

	if (results == NULL)
		return -ENOMEM;
	results->db = db;
	results->created = created == NULL ? clock_wall_us : created;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &results->statements[i]);

		if (error < 0) {
			results_free(results);
			return error;
		}
	}
	*ret = results;
	return 0;
}

void
results_free(struct results *results)
{
	if (results == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(results->statements[i]);
	free(results);
}

int
results_begin(struct results *results)
{
	return database_execute(results->db, "BEGIN IMMEDIATE");
}

int
results_commit(struct results *results)
{
	return database_execute(results->db, "COMMIT");
}

void
results_rollback(struct results *results)
{
	/* SQLite may have rolled back by itself (a full disk); then there is nothing to undo. */
	if (!sqlite3_get_autocommit(database_handle(results->db)))
		(void)!database_execute(results->db, "ROLLBACK");
}

static void
bind_key(sqlite3_stmt *row, const struct result *result)
{
	sqlite3_bind_text(row, 1, result->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, result->symbol, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, result->analysis_type, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 4, result->timeframe, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 5, result->time_us);
}

int
results_write(struct results *results, const struct result *result)
{
	sqlite3_stmt *row = results->statements[WRITE];
	sqlite3 *handle = database_handle(results->db);
	int error;

	bind_key(row, result);
	sqlite3_bind_text(row, 6, result->text, -1, SQLITE_STATIC);
	sqlite3_bind_double(row, 7, result->confidence); /* NAN is bound as NULL */
	sqlite3_bind_int64(row, 8, result->input_revision);
	sqlite3_bind_int64(row, 9, results->created());
	sqlite3_bind_int(row, 10, result->stays);
	sqlite3_set_last_insert_rowid(handle, 0); /* an update leaves it alone */
	error = database_step(results->db, row);
	sqlite3_reset(row);
	return error < 0 ? error : sqlite3_last_insert_rowid(handle) != 0;
}

int
results_remove(struct results *results, const struct result *result)
{
	sqlite3_stmt *row = results->statements[REMOVE];
	int error;

	bind_key(row, result);
	error = database_step(results->db, row);
	sqlite3_reset(row);
	return error < 0 ? error : sqlite3_changes(database_handle(results->db));
}

int
results_write_progress(struct results *results, const char *source, const char *symbol,
    const struct progress *progress)
{
	sqlite3_stmt *row = results->statements[WRITE_PROGRESS];
	int error;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 3, progress->first_us);
	sqlite3_bind_int64(row, 4, progress->next_us);
	sqlite3_bind_int64(row, 5, progress->changes_seq);
	if (progress->history_us != TICK_NONE) /* unbound is NULL */
		sqlite3_bind_int64(row, 6, progress->history_us);
	sqlite3_bind_int64(row, 7, progress->results);
	sqlite3_bind_int64(row, 8, progress->made_by);
	error = database_step(results->db, row);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return error;
}

int
results_read_progress(struct results *results, const char *source, const char *symbol,
    struct progress *ret)
{
	sqlite3_stmt *row = results->statements[READ_PROGRESS];
	int result;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol, -1, SQLITE_STATIC);
	result = database_step(results->db, row);
	if (result == 1)
		*ret = (struct progress){
			.first_us = sqlite3_column_int64(row, 0),
			.next_us = sqlite3_column_int64(row, 1),
			.changes_seq = sqlite3_column_int64(row, 2),
			.history_us = sqlite3_column_type(row, 3) == SQLITE_NULL ?
			    TICK_NONE : sqlite3_column_int64(row, 3),
			.results = sqlite3_column_int64(row, 4),
			.made_by = sqlite3_column_int64(row, 5),
		};
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return result;
}

int
results_write_seen(struct results *results, int64_t changes_seq)
{
	sqlite3_stmt *row = results->statements[WRITE_SEEN];
	int error;

	sqlite3_bind_int64(row, 1, changes_seq);
	error = database_step(results->db, row);
	sqlite3_reset(row);
	return error;
}

int
results_delete(struct results *results, const char *source, const char *symbol, int64_t before_us,
    int limit)
{
	sqlite3_stmt *row = results->statements[DELETE];
	int error;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 3, before_us);
	sqlite3_bind_int(row, 4, limit);
	error = database_step(results->db, row);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return error < 0 ? error : sqlite3_changes(database_handle(results->db));
}
