#include "tickd/backfill_answer.h"

#include <errno.h>
#include <stdbool.h>

#include "common/clock.h"

static bool
is_of_its_time(const struct trades_row *row, const struct gap *gap)
{
	int64_t time_us = row->time_ms * CLOCK_MS_US;

	return (gap->from_us == TICK_NONE || time_us >= gap->from_us - BACKFILL_TIME_SLACK_US) &&
	    (gap->to_us == TICK_NONE || time_us <= gap->to_us + BACKFILL_TIME_SLACK_US);
}

/* Ids before `id` that nothing was heard of are passed over. */
static void
reach(struct backfill_reading *reading, int64_t id, const struct gap *gap)
{
	int64_t last_id = id - 1 < gap->last_id ? id - 1 : gap->last_id;

	if (last_id > reading->until_id && reading->hole_count < BACKFILL_HOLES_MAX)
		reading->holes[reading->hole_count++] =
		    (struct backfill_hole){reading->until_id + 1, last_id};
	reading->until_id = id < gap->last_id ? id : gap->last_id;
}

int
backfill_answer_read(const struct trades_row *rows, size_t count, int64_t first_id,
    const struct gap *gap, struct backfill_reading *ret)
{
	*ret = (struct backfill_reading){.until_id = first_id - 1};
	for (size_t i = 0; i < count && ret->until_id < gap->last_id; i++) {
		if (rows[i].id < first_id)
			return -EINVAL;
		if (rows[i].id <= gap->last_id) {
			if (!is_of_its_time(&rows[i], gap))
				return -EINVAL;
			ret->count++;
		}
		reach(ret, rows[i].id, gap);
	}
	return 0;
}
