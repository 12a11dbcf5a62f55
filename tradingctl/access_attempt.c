#include "tradingctl/access_attempt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"

/* A table of each database that a forbidden write can aim at; WHERE 0: it would change nothing. */
static const char *const targets[DATABASE_COUNT] = {
	[DATABASE_TICKS] = "m5_candles",
	[DATABASE_ANALYSIS] = "analysis_results",
	[DATABASE_LOGS] = "api_logs",
};

static bool
statement_refused(sqlite3 *handle, const char *sql, struct problem *problem)
{
	int code = sqlite3_exec(handle, sql, NULL, NULL, NULL);

	if ((code & 0xff) == SQLITE_READONLY)
		return true;
	problem_set(problem, -EACCES, "%s: %s", sql,
	    code == SQLITE_OK ? "was not refused" : sqlite3_errmsg(handle));
	return false;
}

/* In a transaction that is rolled back whatever comes: this asks, it does not do. */
static bool
writes_refused(sqlite3 *handle, enum database_id id, struct problem *problem)
{
	char sql[3][128];
	bool refused = true;

	snprintf(sql[0], sizeof(sql[0]), "INSERT INTO %s SELECT * FROM %s WHERE 0", targets[id],
	    targets[id]);
	snprintf(sql[1], sizeof(sql[1]), "DELETE FROM %s WHERE 0", targets[id]);
	snprintf(sql[2], sizeof(sql[2]), "CREATE TABLE access_attempt(x)");
	for (int i = 0; i < 3 && refused; i++) {
		sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL);
		refused = statement_refused(handle, sql[i], problem);
		sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
	}
	return refused;
}

static enum attempt_outcome
outcome_of(int error)
{
	switch (error) {
	case 0:
		return ATTEMPT_OPENED;
	case -EBUSY:
		return ATTEMPT_HELD;
	case -EACCES:
		return ATTEMPT_REFUSED;
	case -ENOENT:
		return ATTEMPT_ABSENT;
	default:
		return ATTEMPT_FAILED;
	}
}

static void
try_reading(struct access_attempt *attempt, const char *state_dir)
{
	struct database *db;
	int error = database_open(&db, attempt->role, attempt->id, ACCESS_READ, state_dir,
	    &attempt->read_problem);

	attempt->read = outcome_of(error);
	if (error < 0)
		return;
	attempt->writes_refused =
	    writes_refused(database_handle(db), attempt->id, &attempt->writes_problem);
	/* query_only is a promise of ours; without it the handle itself must refuse. */
	sqlite3_exec(database_handle(db), "PRAGMA query_only=OFF", NULL, NULL, NULL);
	if (attempt->writes_refused)
		attempt->writes_refused =
		    writes_refused(database_handle(db), attempt->id, &attempt->writes_problem);
	database_close(db);
}

static void
try_writing(struct access_attempt *attempt, const char *state_dir)
{
	struct database *db;
	int error;

	/* Opening for writing creates what is missing: only a forbidden attempt is safe then. */
	if (access_allows(attempt->role, attempt->id, ACCESS_WRITE) &&
	    attempt->read != ATTEMPT_OPENED) {
		attempt->write = attempt->read;
		attempt->write_problem = attempt->read_problem;
		return;
	}
	error = database_open(&db, attempt->role, attempt->id, ACCESS_WRITE, state_dir,
	    &attempt->write_problem);
	attempt->write = outcome_of(error);
	if (error == 0)
		database_close(db);
}

void
access_attempt(enum role role, enum database_id id, const char *state_dir,
    struct access_attempt *ret)
{
	*ret = (struct access_attempt){.role = role, .id = id};
	try_reading(ret, state_dir);
	try_writing(ret, state_dir);
}

const char *
access_attempt_contradiction(const struct access_attempt *attempt)
{
	bool may_write = access_allows(attempt->role, attempt->id, ACCESS_WRITE);

	if (!may_write && attempt->write != ATTEMPT_REFUSED)
		return "a forbidden open for writing was not refused";
	if (may_write && attempt->write == ATTEMPT_REFUSED)
		return attempt->write_problem.text;
	if (may_write && attempt->write == ATTEMPT_FAILED)
		return attempt->write_problem.text;
	if (attempt->read == ATTEMPT_REFUSED || attempt->read == ATTEMPT_FAILED ||
	    attempt->read == ATTEMPT_HELD)
		return attempt->read_problem.text;
	if (attempt->read == ATTEMPT_OPENED && !attempt->writes_refused)
		return attempt->writes_problem.text;
	return NULL;
}
