/*
 * The content of shared_memory.json, from what was gathered.  Pure.
 * doc/shared_memory.schema.json says the same to others, and tests hold the two together.
 */
#ifndef SUPERVISOR_PUBLISH_H
#define SUPERVISOR_PUBLISH_H

#include <jansson.h>
#include <stdint.h>

#include "common/access.h"
#include "supervisor/children.h"

#define PUBLISH_UNKNOWN (-1) /* a figure that is not known: published as null */

/* Times are wall clock in microseconds, 0 where there is none. */
struct published_process {
	const char *name, *type, *state, *user;
	const char *last_exit, *status; /* "" none */
	int pid;			/* 0: not alive */
	int64_t started_us, last_seen_us, next_attempt_us;
	int64_t restarts, rss_bytes;
	double cpu_percent; /* of one core; below 0 unknown */
};

struct published_database {
	const char *holder; /* of the writer lease; NULL nobody */
	int owner_pid;
	int64_t size_bytes, wal_bytes, rows;
};

struct published {
	int64_t now_us;
	const char *system_status;
	struct published_process processes[CHILD_COUNT];
	struct published_database databases[DATABASE_COUNT];
	const json_t *feeds; /* the array of tickd's status.json, NULL none */
};

/* A new reference; NULL when out of memory. */
json_t *
publish_compose(const struct published *published);

#endif
