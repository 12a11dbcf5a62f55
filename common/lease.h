/*
 * The writer lease: one process a database.  A lock on a file of its own beside the database
 * (never on the database file, whose locks are SQLite's), holding "name pid".  The kernel gives
 * it back when the holder dies, however it dies.
 *
 * It is an open-file-description lock and not flock(2): asking who holds it (lease_holder) takes
 * nothing, so a look can never refuse a writer.
 */
#ifndef COMMON_LEASE_H
#define COMMON_LEASE_H

#include <stddef.h>

#include "common/problem.h"

#define LEASE_HOLDER_SIZE 64

struct lease;

/*
 * Takes the lease at `path` (created 0640) for `name`.  Returns 0, -EBUSY naming the holder and
 * its pid, another negative errno with the sentence, or -ENOMEM.
 */
__attribute__((warn_unused_result)) int
lease_take(const char *path, const char *name, struct lease **ret_lease, struct problem *problem);

void
lease_release(struct lease *lease);

/*
 * Who holds it: "tickd 1234" and the pid.  Returns 1 if held, 0 if not (or never), -errno.
 */
__attribute__((warn_unused_result)) int
lease_holder(const char *path, char holder[static LEASE_HOLDER_SIZE], int *ret_pid);

#endif
