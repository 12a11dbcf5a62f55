/* What an answer says of the ids that were asked for.  Pure. */
#ifndef TICKD_BACKFILL_ANSWER_H
#define TICKD_BACKFILL_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "tickd/rest/trades_answer.h"
#include "tickd/store/gaps.h"

#define BACKFILL_HOLES_MAX 64 /* in one answer; what is beyond shows in a later one */

/* A trade of a hole lies between its neighbours in time, give or take what clocks may do. */
#define BACKFILL_TIME_SLACK_US INT64_C(60000000)

struct backfill_hole {
	int64_t first_id, last_id;
};

struct backfill_reading {
	size_t count;	  /* so many rows, from the first on, were asked for */
	int64_t until_id; /* the answer speaks of all ids up to this one */
	size_t hole_count;
	struct backfill_hole holes[BACKFILL_HOLES_MAX]; /* passed over: later ids are there */
};

/*
 * `rows` came when those ids were asked for.  Returns 0, or -EINVAL when they are something else:
 * ids before them, or of times that are not between those beside them.
 */
__attribute__((warn_unused_result)) int
backfill_answer_read(const struct trades_row *rows, size_t count, const struct gap *asked,
    struct backfill_reading *ret);

#endif
