/* How fast a backfill goes: what came in the last minute.  Pure. */
#ifndef TICKD_BACKFILL_PROGRESS_H
#define TICKD_BACKFILL_PROGRESS_H

#include <stdint.h>

#define BACKFILL_STEPS 12 /* of the last minute */
#define BACKFILL_STEP_US INT64_C(5000000)

struct backfill_progress {
	int64_t begun_us; /* monotonic; 0: nothing has come yet */
	int64_t step;	  /* number of the one that is counted now */
	int64_t counts[BACKFILL_STEPS];
};

void
backfill_progress_add(struct backfill_progress *progress, int64_t count, int64_t now_us);

/* Trades a second over the last minute, or since the beginning where that is shorter. */
double
backfill_progress_rate(const struct backfill_progress *progress, int64_t now_us);

#endif
