/*
 * Real attempts of one role on one database: may it open it for reading, for writing, and does
 * SQLite itself refuse what a reader might try.  Nothing is ever created, no row is ever changed.
 */
#ifndef TRADINGCTL_ACCESS_ATTEMPT_H
#define TRADINGCTL_ACCESS_ATTEMPT_H

#include <stdbool.h>

#include "common/access.h"
#include "common/problem.h"

enum attempt_outcome {
	ATTEMPT_OPENED,	 /* it was opened, and closed again */
	ATTEMPT_HELD,	 /* it may, but a writer that runs holds the lease (sentence: who) */
	ATTEMPT_REFUSED, /* it may not (sentence: why) */
	ATTEMPT_ABSENT,	 /* there is no such database yet, or its owner has still to prepare it */
	ATTEMPT_FAILED,	 /* something else is wrong (sentence) */
};

struct access_attempt {
	enum role role;
	enum database_id id;
	enum attempt_outcome read, write;
	/* Every write that was tried over the role's read-only handle was refused by SQLite. */
	bool writes_refused;
	struct problem read_problem, write_problem, writes_problem;
};

void
access_attempt(enum role role, enum database_id id, const char *state_dir,
    struct access_attempt *ret);

/* NULL when what was met is what the matrix says; otherwise what contradicts it.  Pure. */
const char *
access_attempt_contradiction(const struct access_attempt *attempt);

#endif
