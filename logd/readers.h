/*
 * The databases as logd reads them: opened when they are there, statements prepared once and
 * kept, each use under a time limit.  A reader that fails is closed and opened anew later.
 * Everything here belongs to the loop's thread.
 */
#ifndef LOGD_READERS_H
#define LOGD_READERS_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/access.h"
#include "common/database.h"
#include "common/problem.h"

#define READERS_STATEMENTS_MAX 24
#define READERS_AGAIN_US 1000000 /* after a failed opening: not before this */

struct readers;

/* A query of ours: one static object each, known by its address. */
struct readers_query {
	enum database_id id;
	const char *sql;
};

/* Opens nothing yet.  `state_dir` is borrowed.  NULL when out of memory. */
struct readers *
readers_create(const char *state_dir, int64_t time_limit_us);

void
readers_free(struct readers *readers);

/*
 * The open database, opening it if need be.  Returns 0, or -errno with the sentence: -ENOENT
 * while its writer has not made it yet, and what database_open() says.
 */
__attribute__((warn_unused_result)) int
readers_open(struct readers *readers, enum database_id id, struct database **ret,
    struct problem *problem);

/*
 * The query's statement, reset and without bindings; its time limit begins now.  Errors as
 * readers_open().  Give it back with readers_done() before the loop goes on.
 */
__attribute__((warn_unused_result)) int
readers_begin(struct readers *readers, const struct readers_query *query, sqlite3_stmt **ret,
    struct problem *problem);

/* Steps: 1 a row, 0 the end, or -errno with the sentence; -ECANCELED at the time limit. */
__attribute__((warn_unused_result)) int
readers_step(struct readers *readers, const struct readers_query *query, sqlite3_stmt *statement,
    struct problem *problem);

/* Ends the read transaction. */
void
readers_done(sqlite3_stmt *statement);

#endif
