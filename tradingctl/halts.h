/*
 * Long pauses in the trades of a symbol whose ids join all the same: a market that stood still, or
 * a quiet one.  Nothing is missing there.  Pure.
 */
#ifndef TRADINGCTL_HALTS_H
#define TRADINGCTL_HALTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"

#define HALTS_KEPT 10				    /* the longest of a symbol */
#define HALTS_SHORTEST_US (600 * CLOCK_SECOND_US)   /* shorter pauses are not worth a word */
#define HALTS_TIMES_USUAL 20			    /* nor those of less than so many usual ones */

struct halt {
	int64_t from_us, to_us; /* of the trades before and behind it */
	int64_t id_after;
};

struct halts {
	struct halt items[HALTS_KEPT]; /* the longest first, until halts_settle() */
	size_t count;
};

/* Zero-initialise struct halts; to_us - from_us is at least HALTS_SHORTEST_US, or it is no halt. */
void
halts_add(struct halts *halts, const struct halt *halt);

/*
 * Forgets what is usual for a symbol that had so many trades in so much time, and puts the others
 * in the order of time.
 */
void
halts_settle(struct halts *halts, int64_t trades, int64_t span_us);

#endif
