/*
 * A thread that copies the write-ahead log back into the database and waits for the disk, so that
 * the writer does not: a commit never waits for an fsync of megabytes.
 */
#ifndef COMMON_CHECKPOINTER_H
#define COMMON_CHECKPOINTER_H

#include <stdint.h>

#include "common/database.h"
#include "common/problem.h"

struct checkpointer;

#define CHECKPOINTER_PASS_PAGES 1000 /* the WAL grew by so much: there is work */

/*
 * From now on `writer`, which is borrowed, does not checkpoint at its commits.  Errors as
 * database_open().
 */
__attribute__((warn_unused_result)) int
checkpointer_start(struct checkpointer **ret, struct database *writer, struct problem *problem);

/*
 * (the writer's thread, after a commit) Sees to it that the WAL is copied back and begun anew: the
 * thread does the work, and what little it leaves of a long WAL is done here, for only between two
 * transactions can the next one begin it anew.
 */
void
checkpointer_tend(struct checkpointer *checkpointer);

/* Waits for the pass under way, ends the thread and frees.  NULL is allowed. */
void
checkpointer_stop(struct checkpointer *checkpointer);

#endif
