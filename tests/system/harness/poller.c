/*
 * A reader that polls one database as hard as it can, for the test of readers against writers.
 *
 * usage: poller ROLE DATABASE STATE_DIR SECONDS
 * with ROLE and DATABASE as numbers of common/access.h.  Prints one line of JSON: how often it
 * read, what was tried again inside common/database, and what reached it as the caller.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/database.h"

struct poll {
	const char *sql; /* one integer: never smaller than before in the same database */
	int64_t polls, backward, errors, last;
	char first_error[256];
};

static const char *const questions[DATABASE_COUNT] = {
	[DATABASE_TICKS] = "SELECT coalesce(sum(ticks), 0) FROM symbols",
	[DATABASE_ANALYSIS] = "SELECT count(*) FROM analysis_results",
	[DATABASE_LOGS] = "SELECT coalesce(max(id), 0) FROM api_logs",
};

static void
note_error(struct poll *poll, struct database *db)
{
	if (poll->errors++ == 0)
		snprintf(poll->first_error, sizeof(poll->first_error), "%s", database_error(db));
}

static void
ask(struct poll *poll, struct database *db, sqlite3_stmt *statement)
{
	int64_t now;
	int got = database_step(db, statement);

	poll->polls++;
	if (got < 0) {
		note_error(poll, db);
	} else if (got == 1) {
		now = sqlite3_column_int64(statement, 0);
		poll->backward += now < poll->last;
		poll->last = now;
	}
	sqlite3_reset(statement);
}

/* Prepares anew every thousand questions, as callers with short-lived statements do. */
static void
ask_until(struct poll *poll, struct database *db, int64_t end_us)
{
	sqlite3_stmt *statement;

	while (clock_monotonic_us() < end_us) {
		if (database_prepare(db, poll->sql, &statement) < 0) {
			note_error(poll, db);
			continue;
		}
		for (int i = 0; i < 1000 && clock_monotonic_us() < end_us; i++)
			ask(poll, db, statement);
		sqlite3_finalize(statement);
	}
}

static void
print_result(const struct poll *poll, const struct database_counters *counters)
{
	printf("{\"polls\": %" PRId64 ", \"last\": %" PRId64 ", \"backward\": %" PRId64
	       ", \"errors\": %" PRId64 ", \"first_error\": \"%s\", \"retries\": %" PRId64
	       ", \"longest_wait_us\": %" PRId64 ", \"failures\": %" PRId64 "}\n",
	    poll->polls, poll->last, poll->backward, poll->errors, poll->first_error,
	    counters->retries, counters->longest_wait_us, counters->failures);
}

int
main(int argc, char **argv)
{
	struct problem problem;
	struct database *db;
	struct poll poll = {.last = INT64_MIN};
	enum database_id id;
	int64_t end_us;

	if (argc != 5)
		return 64;
	id = (enum database_id)atoi(argv[2]);
	if (id >= DATABASE_COUNT)
		return 64;
	poll.sql = questions[id];
	end_us = clock_monotonic_us() + atoll(argv[4]) * CLOCK_SECOND_US;
	if (database_open(&db, (enum role)atoi(argv[1]), id, ACCESS_READ, argv[3], &problem) < 0) {
		fprintf(stderr, "poller: %s\n", problem.text);
		return 71;
	}
	ask_until(&poll, db, end_us);
	print_result(&poll, database_counters(db));
	database_close(db);
	return 0;
}
