/*
 * The ids of one symbol as runs without holes.  Ids come in the order of time, nearly always one
 * after the other, so ten million ticks are a handful of runs.  Pure.
 */
#ifndef TRADINGCTL_ID_RUNS_H
#define TRADINGCTL_ID_RUNS_H

#include <stddef.h>
#include <stdint.h>

#define ID_RUNS_MAX 4000000 /* runs: 128 MB; a feed so full of holes is not worth listing */

struct id_run {
	int64_t first_id, last_id;
	int64_t first_us, last_us; /* times of these two */
};

struct id_runs {
	struct id_run *items;
	size_t count, capacity;
	int64_t ids; /* added */
};

/* Zero-initialise struct id_runs.  Returns 0, -ENOMEM, or -E2BIG at ID_RUNS_MAX. */
__attribute__((warn_unused_result)) int
id_runs_add(struct id_runs *runs, int64_t id, int64_t time_us);

/* Called once, after the last id: sorts and joins.  Returns how many ids came more than once. */
int64_t
id_runs_settle(struct id_runs *runs, int64_t *ret_first_double);

void
id_runs_free(struct id_runs *runs);

#endif
