/*
 * While nothing may be asked.  Measured on the monotonic clock, so that setting the wall clock
 * makes no wait longer or shorter; what the exchange demanded (429, 418) is remembered by the wall clock
 * for the next start, which obeys it.
 */
#ifndef TICKD_REST_WAIT_H
#define TICKD_REST_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct storage;

struct rest_wait {
	struct storage *storage;
	int64_t until_us; /* monotonic; 0: no wait */
	int64_t end_us;	  /* by the wall clock, as it is remembered; 0: it is not */
	int64_t length_s; /* how long it was to be */
	int status;	  /* what it is for */
	bool failing;	  /* told, and not well since */
	char why[200];
};

/* What was demanded before a restart goes on, never for longer than was demanded; true if so. */
bool
rest_wait_recall(struct rest_wait *wait);

/*
 * An answer asks for a wait.  True when that is news: failures of one kind are, once, until it is
 * well again; what the exchange refuses or demands always.
 */
bool
rest_wait_begin(struct rest_wait *wait, int status, const char *reason, int64_t delay_us);

/* How long it still lasts; 0: no wait, or it has just ended. */
int64_t
rest_wait_left(struct rest_wait *wait);

/* An answer came as it should; true when that is news. */
bool
rest_wait_well(struct rest_wait *wait);

#endif
