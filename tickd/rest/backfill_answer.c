#include "tickd/rest/backfill_answer.h"

#include <errno.h>
#include <stdbool.h>

#include "common/clock.h"

static bool
is_of_its_time(const struct trades_row *row, const struct gap *asked)
{
	int64_t time_us = row->time_ms * CLOCK_MS_US;

	if (asked->from_us != TICK_NONE && time_us < asked->from_us - BACKFILL_TIME_SLACK_US)
		return false;
	return asked->to_us == TICK_NONE || time_us <= asked->to_us + BACKFILL_TIME_SLACK_US;
}

/* The answer has a trade of that id, or says that none comes before it. */
static void
reach(struct backfill_reading *reading, int64_t id, const struct gap *asked)
{
	int64_t last_id = id - 1 < asked->last_id ? id - 1 : asked->last_id;

	if (last_id > reading->until_id && reading->hole_count < BACKFILL_HOLES_MAX)
		reading->holes[reading->hole_count++] =
		    (struct backfill_hole){reading->until_id + 1, last_id};
	reading->until_id = id < asked->last_id ? id : asked->last_id;
}

int
backfill_answer_read(const struct trades_row *rows, size_t count, const struct gap *asked,
    struct backfill_reading *ret)
{
	*ret = (struct backfill_reading){.until_id = asked->first_id - 1};
	for (size_t i = 0; i < count && ret->until_id < asked->last_id; i++) {
		if (rows[i].id < asked->first_id)
			return -EINVAL;
		if (rows[i].id <= asked->last_id) {
			if (!is_of_its_time(&rows[i], asked))
				return -EINVAL;
			ret->count++;
		}
		if (rows[i].trade_count > 0)
			reach(ret, rows[i].id, asked);
	}
	/* Withdrawn ones at the end: the next id might come, these do not. */
	if (count > 0 && rows[count - 1].trade_count == 0 && ret->until_id < rows[count - 1].id &&
	    ret->until_id < asked->last_id) {
		reach(ret, rows[count - 1].id + 1, asked);
		if (ret->until_id > rows[count - 1].id)
			ret->until_id = rows[count - 1].id;
	}
	return 0;
}
