#include "tradingctl/integrity.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/database.h"

#define ANSWERS_MAX "20" /* sentences of SQLite's a database */

static int
read_answers(struct database *db, json_t *answers)
{
	sqlite3_stmt *statement;
	int error = database_prepare(db, "PRAGMA integrity_check(" ANSWERS_MAX ")", &statement);

	if (error < 0)
		return error;
	while ((error = database_step(db, statement)) == 1) {
		const char *answer = (const char *)sqlite3_column_text(statement, 0);

		if (answer != NULL && strcmp(answer, "ok") != 0)
			json_array_append_new(answers, json_string(answer));
	}
	sqlite3_finalize(statement);
	return error;
}

int
integrity_check(enum database_id id, const char *state_dir, json_t **ret_answers,
    struct problem *problem)
{
	struct database *db;
	json_t *answers;
	int error = database_open(&db, ROLE_TRADINGCTL, id, ACCESS_READ, state_dir, problem);

	if (error < 0)
		return error;
	answers = json_array();
	error = answers == NULL ? -ENOMEM : read_answers(db, answers);
	if (error < 0) {
		problem_set(problem, error, "%s cannot be checked: %s", access_database_file(id),
		    database_error(db));
		json_decref(answers);
	} else {
		*ret_answers = answers;
	}
	database_close(db);
	return error;
}

/* ---- on a thread of its own ---- */

struct integrity_run {
	pthread_t thread;
	const char *state_dir;
	struct integrity_result results[DATABASE_COUNT];
};

static void *
check_all(void *context)
{
	struct integrity_run *run = context;

	for (int id = 0; id < DATABASE_COUNT; id++) {
		struct integrity_result *result = &run->results[id];

		result->error = integrity_check((enum database_id)id, run->state_dir,
		    &result->answers, &result->problem);
	}
	return NULL;
}

int
integrity_start(struct integrity_run **ret, const char *state_dir)
{
	struct integrity_run *run = calloc(1, sizeof(*run));
	int error;

	if (run == NULL)
		return -ENOMEM;
	json_object_seed(0); /* once, before two threads might */
	run->state_dir = state_dir;
	error = pthread_create(&run->thread, NULL, check_all, run);
	if (error != 0) {
		free(run);
		return -error;
	}
	*ret = run;
	return 0;
}

void
integrity_finish(struct integrity_run *run, struct integrity_result ret[static DATABASE_COUNT])
{
	pthread_join(run->thread, NULL);
	memcpy(ret, run->results, sizeof(run->results));
	free(run);
}
