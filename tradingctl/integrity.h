/* SQLite's own check of one database. */
#ifndef TRADINGCTL_INTEGRITY_H
#define TRADINGCTL_INTEGRITY_H

#include <jansson.h>

#include "common/access.h"
#include "common/problem.h"

/*
 * Runs PRAGMA integrity_check over the database, which is one snapshot as long as it takes.
 * *ret_answers is an array of its sentences, empty when all is well; the caller's reference.
 * Returns 0; -ENOENT where the database does not exist yet; -errno with the sentence.
 */
__attribute__((warn_unused_result)) int
integrity_check(enum database_id id, const char *state_dir, json_t **ret_answers,
    struct problem *problem);

/* The check of all three databases, one after the other, on a thread of its own. */
struct integrity_run;

struct integrity_result {
	int error;	/* as integrity_check() returned it */
	json_t *answers; /* NULL where error is not 0 */
	struct problem problem;
};

/* Starts it; `state_dir` is borrowed.  Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
integrity_start(struct integrity_run **ret, const char *state_dir);

/* Waits for the end of it.  `ret` has a result for each database; the caller gives them back. */
void
integrity_finish(struct integrity_run *run, struct integrity_result ret[static DATABASE_COUNT]);

#endif
