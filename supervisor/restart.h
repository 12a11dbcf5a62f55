/*
 * When a child that died is started again.  Pure: a death goes in, a decision comes out.
 *
 * The first death in a row is answered at once, the second after `min`, and from there the delay
 * doubles up to `max`; a stable run forgets the deaths before it.  Nothing is given up in silence:
 * at the ceiling the child is `failing`, and only what a restart cannot mend makes it `failed`.
 */
#ifndef SUPERVISOR_RESTART_H
#define SUPERVISOR_RESTART_H

#include <stdbool.h>
#include <stdint.h>

struct restart_policy {
	int64_t min_us, max_us;	 /* of the delay */
	int64_t stable_after_us; /* a run that was ready for so long was stable */
	int64_t max_deaths;	 /* in a row; 0 is any number */
};

struct restart_history {
	int64_t deaths; /* in a row */
};

struct restart_decision {
	enum restart_verdict { RESTART_LATER, RESTART_FAILED } verdict;
	int64_t delay_us; /* of RESTART_LATER */
	bool failing;	  /* the delay is at its ceiling */
};

/*
 * A child died after it had been ready for ready_us (0: it never was).  `hopeless`: the exit
 * status or the spawn said that another try would end alike.  `jitter` is in [0, 1): it moves the
 * delay by up to a quarter, so that children that die together do not come back together.
 */
struct restart_decision
restart_on_death(const struct restart_policy *policy, struct restart_history *history,
    int64_t ready_us, bool hopeless, double jitter);

/* Somebody asked for it: what was before is forgotten. */
void
restart_forget(struct restart_history *history);

#endif
