/*
 * All tables of all three databases, with their versions (PRAGMA user_version) and migrations.
 * The writer migrates at its start; a reader only checks.
 */
#ifndef COMMON_SCHEMA_H
#define COMMON_SCHEMA_H

#include "common/access.h"
#include "common/problem.h"

struct database;

/* The version that this program writes. */
int
schema_version(enum database_id id);

/*
 * Brings the open database up to schema_version(), each step in a transaction of its own.
 * Returns 0; -EPROTO with both numbers when the database is newer; -errno of the failed step.
 */
__attribute__((warn_unused_result)) int
schema_migrate(struct database *db, enum database_id id, struct problem *problem);

/*
 * For readers: 0 when the version is ours or older-compatible; -ENOENT when the writer has not made
 * the tables yet (or must still migrate them); -EPROTO with both numbers when it is newer.
 */
__attribute__((warn_unused_result)) int
schema_check(struct database *db, enum database_id id, struct problem *problem);

#endif
