#include "logd/readers.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define PROGRESS_STEPS 4000 /* of SQLite's machine between two looks at the clock */

struct reader {
	struct database *db;
	bool broken; /* to be closed before its next use */
	int64_t next_try_us;
	int last_error;
	struct problem last_problem;
};

struct kept_statement {
	const struct readers_query *query;
	sqlite3_stmt *statement;
};

struct readers {
	const char *state_dir;
	int64_t time_limit_us, deadline_us;
	struct reader readers[DATABASE_COUNT];
	struct kept_statement statements[READERS_STATEMENTS_MAX];
	size_t statement_count;
};

struct readers *
readers_create(const char *state_dir, int64_t time_limit_us)
{
	struct readers *readers = calloc(1, sizeof(*readers));

	if (readers == NULL)
		return NULL;
	readers->state_dir = state_dir;
	readers->time_limit_us = time_limit_us;
	return readers;
}

/* Closes one database with its statements. */
static void
close_reader(struct readers *readers, enum database_id id)
{
	size_t kept = 0;

	for (size_t i = 0; i < readers->statement_count; i++) {
		if (readers->statements[i].query->id == id)
			sqlite3_finalize(readers->statements[i].statement);
		else
			readers->statements[kept++] = readers->statements[i];
	}
	readers->statement_count = kept;
	database_close(readers->readers[id].db);
	readers->readers[id].db = NULL;
	readers->readers[id].broken = false;
}

void
readers_free(struct readers *readers)
{
	for (int id = 0; id < DATABASE_COUNT; id++)
		close_reader(readers, (enum database_id)id);
	free(readers);
}

static int
past_deadline(void *context)
{
	const struct readers *readers = context;

	return clock_monotonic_us() > readers->deadline_us;
}

int
readers_open(struct readers *readers, enum database_id id, struct database **ret,
    struct problem *problem)
{
	struct reader *reader = &readers->readers[id];
	int64_t now_us = clock_monotonic_us();

	if (reader->broken)
		close_reader(readers, id);
	if (reader->db == NULL && now_us >= reader->next_try_us) {
		readers->deadline_us = now_us + readers->time_limit_us;
		reader->last_error = database_open(&reader->db, ROLE_LOGD, id, ACCESS_READ,
		    readers->state_dir, &reader->last_problem);
		/* From its end: an attempt may itself have waited long. */
		reader->next_try_us = clock_monotonic_us() + READERS_AGAIN_US;
		if (reader->last_error == 0)
			sqlite3_progress_handler(database_handle(reader->db), PROGRESS_STEPS,
			    past_deadline, readers);
	}
	if (reader->db == NULL)
		return problem_set(problem, reader->last_error, "%s", reader->last_problem.text);
	*ret = reader->db;
	return 0;
}

static sqlite3_stmt *
find_statement(const struct readers *readers, const struct readers_query *query)
{
	for (size_t i = 0; i < readers->statement_count; i++)
		if (readers->statements[i].query == query)
			return readers->statements[i].statement;
	return NULL;
}

/* What went wrong, in words; a reader that cannot read is opened anew. */
static int
failed(struct readers *readers, const struct readers_query *query, int error,
    struct problem *problem)
{
	struct reader *reader = &readers->readers[query->id];

	problem_set(problem, error, "%s: %s", access_database_file(query->id),
	    database_error(reader->db));
	if (error == -EAGAIN || error == -EIO) {
		reader->broken = true;
		reader->last_error = error;
		reader->last_problem = *problem;
		reader->next_try_us = clock_monotonic_us() + READERS_AGAIN_US;
	}
	return error;
}

int
readers_begin(struct readers *readers, const struct readers_query *query, sqlite3_stmt **ret,
    struct problem *problem)
{
	sqlite3_stmt *statement;
	struct database *db = NULL;
	int error;

	if (readers->readers[query->id].broken)
		close_reader(readers, query->id);
	statement = find_statement(readers, query);
	readers->deadline_us = clock_monotonic_us() + readers->time_limit_us;
	if (statement != NULL) {
		*ret = statement;
		return 0;
	}
	error = readers_open(readers, query->id, &db, problem);
	if (error < 0)
		return error;
	assert(readers->statement_count < READERS_STATEMENTS_MAX);
	readers->deadline_us = clock_monotonic_us() + readers->time_limit_us;
	error = database_prepare(db, query->sql, &statement);
	if (error < 0)
		return failed(readers, query, error, problem);
	readers->statements[readers->statement_count++] =
	    (struct kept_statement){query, statement};
	*ret = statement;
	return 0;
}

int
readers_step(struct readers *readers, const struct readers_query *query, sqlite3_stmt *statement,
    struct problem *problem)
{
	int stepped = database_step(readers->readers[query->id].db, statement);

	return stepped < 0 ? failed(readers, query, stepped, problem) : stepped;
}

void
readers_done(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}
