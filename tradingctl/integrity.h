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

#endif
