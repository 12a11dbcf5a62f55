#include "tickd/store/venue_retention.h"

#include <errno.h>
#include <stdlib.h>

enum statement { POSITIONS, POSITION_EVENTS, ACCOUNT_EVENTS, ACTION_RESULTS, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[POSITIONS] = ("DELETE FROM positions WHERE (source, account, ticket) IN"
		      " (SELECT source, account, ticket FROM positions INDEXED BY positions_closed"
		      " WHERE source = ?1 AND closed_us < ?2 ORDER BY closed_us LIMIT ?3)"),
	/* Those of a position that is kept are kept with it, however old they are. */
	[POSITION_EVENTS] = ("DELETE FROM position_events WHERE seq IN"
			    " (SELECT seq FROM position_events e WHERE source = ?1 AND time_us < ?2"
			    " AND NOT EXISTS (SELECT 1 FROM positions p WHERE p.source = e.source"
			    " AND p.account = e.account AND p.ticket = e.ticket)"
			    " ORDER BY time_us LIMIT ?3)"),
	/* What is in the account now may have been so for long. */
	[ACCOUNT_EVENTS] = ("DELETE FROM account_events WHERE seq IN (SELECT seq FROM account_events"
			   " WHERE source = ?1 AND time_us < ?2 AND seq <"
			   " (SELECT max(seq) FROM account_events WHERE source = ?1)"
			   " ORDER BY time_us LIMIT ?3)"),
	[ACTION_RESULTS] = ("DELETE FROM action_results WHERE seq IN (SELECT seq FROM action_results"
			   " WHERE source = ?1 AND time_us < ?2 ORDER BY time_us LIMIT ?3)"),
};

struct venue_retention {
	struct database *db;
	sqlite3_stmt *statements[STATEMENTS];
};

int
venue_retention_create(struct venue_retention **ret, struct database *db)
{
	struct venue_retention *retention = calloc(1, sizeof(*retention));

	if (retention == NULL)
		return -ENOMEM;
	retention->db = db;
	for (int i = 0; i < STATEMENTS; i++) {
		int error = database_prepare(db, sql[i], &retention->statements[i]);

		if (error < 0) {
			venue_retention_free(retention);
			return error;
		}
	}
	*ret = retention;
	return 0;
}

void
venue_retention_free(struct venue_retention *retention)
{
	if (retention == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(retention->statements[i]);
	free(retention);
}

/* A statement alone is a transaction. */
static int
delete_rows(struct venue_retention *retention, enum statement which, const char *source,
    int64_t before_us, int limit)
{
	sqlite3_stmt *row = retention->statements[which];
	int result;

	sqlite3_bind_text(row, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, before_us);
	sqlite3_bind_int(row, 3, limit);
	result = database_step(retention->db, row);
	sqlite3_reset(row);
	sqlite3_clear_bindings(row);
	return result < 0 ? result : sqlite3_changes(database_handle(retention->db));
}

int
venue_retention_delete(struct venue_retention *retention, const char *source, int64_t before_us,
    int limit)
{
	int result = 0;

	for (enum statement which = POSITIONS; which < STATEMENTS && result == 0; which++)
		result = delete_rows(retention, which, source, before_us, limit);
	return result;
}
