#define _GNU_SOURCE
#include "tickd/rest/rest_wait.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tickd/rest/rate_limit.h"
#include "tickd/store/storage.h"

#define NAME "rest_wait_until"	/* in feed_state: "END LENGTH STATUS", us, s and HTTP's */
#define SHIFT_US CLOCK_SECOND_US /* the wall clock was set by more: what is remembered is moved */

/* end_us 0: nothing is to be obeyed any more. */
static void
remember(struct rest_wait *wait, int64_t end_us)
{
	char text[80] = "";

	wait->end_us = end_us;
	if (end_us != 0)
		snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %d", end_us, wait->length_s,
		    wait->status);
	storage_remember(wait->storage, NAME, text);
}

bool
rest_wait_begin(struct rest_wait *wait, int status, const char *reason, int64_t delay_us)
{
	bool news = !wait->failing || (status != wait->status && status >= 400 && status < 500);

	wait->until_us = clock_monotonic_us() + delay_us;
	wait->length_s = (delay_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US;
	wait->status = status;
	wait->failing = true;
	rate_limit_explain(status, reason, wait->why, sizeof(wait->why));
	if (rate_limit_demanded(status))
		remember(wait, clock_wall_us() + delay_us);
	return news;
}

int64_t
rest_wait_left(struct rest_wait *wait)
{
	int64_t left_us = wait->until_us - clock_monotonic_us(), end_us;

	if (wait->until_us == 0)
		return 0;
	if (left_us <= 0) {
		wait->until_us = 0;
		if (wait->end_us != 0)
			remember(wait, 0);
		return 0;
	}
	end_us = clock_wall_us() + left_us;
	if (wait->end_us != 0 && llabs(end_us - wait->end_us) > SHIFT_US)
		remember(wait, end_us);
	return left_us;
}

bool
rest_wait_well(struct rest_wait *wait)
{
	bool news = wait->failing;

	wait->failing = false;
	return news;
}

bool
rest_wait_recall(struct rest_wait *wait)
{
	const char *text = storage_recall(wait->storage, NAME);
	int64_t end_us, left_us, length_s;
	int status;

	if (text == NULL || text[0] == '\0')
		return false;
	if (sscanf(text, "%" SCNd64 " %" SCNd64 " %d", &end_us, &length_s, &status) != 3 ||
	    length_s <= 0 || length_s > RATE_LIMIT_BAN_MAX_S || !rate_limit_demanded(status) ||
	    end_us <= clock_wall_us()) {
		remember(wait, 0);
		return false;
	}
	left_us = end_us - clock_wall_us();
	if (left_us > length_s * CLOCK_SECOND_US)
		left_us = length_s * CLOCK_SECOND_US;
	return rest_wait_begin(wait, status, NULL, left_us);
}
