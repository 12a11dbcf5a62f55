/*
 * A thread that copies the write-ahead log back into the database and waits for the disk, so that
 * the storage thread does not: a commit never waits for an fsync of megabytes.
 */
#ifndef TICKD_CHECKPOINTER_H
#define TICKD_CHECKPOINTER_H

#include <stdint.h>

#include "common/database.h"
#include "common/problem.h"

struct checkpointer;

/* `writer` is only looked at during the call. */
__attribute__((warn_unused_result)) int
checkpointer_start(struct checkpointer **ret, const struct database *writer,
    struct problem *problem);

/* Asks for a pass; does not wait.  A pass under way is followed by another. */
void
checkpointer_wake(struct checkpointer *checkpointer);

/* How many passes have ended. */
int64_t
checkpointer_passes(struct checkpointer *checkpointer);

/* Waits for the pass under way, ends the thread and frees.  NULL is allowed. */
void
checkpointer_stop(struct checkpointer *checkpointer);

#endif
