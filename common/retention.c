#include "common/retention.h"

#include <stdlib.h>

#include "common/tick.h"

/* ---- slices ---- */

void
retention_pace_start(struct retention_pace *pace)
{
	*pace = (struct retention_pace){.rows = RETENTION_SLICE_MIN};
}

void
retention_pace_next(struct retention_pace *pace, int deleted, int64_t took_us, int64_t now_us)
{
	int64_t rest_us = RETENTION_REST * took_us;

	if (deleted < pace->rows) {
		pace->due_us = now_us + RETENTION_LOOK_US;
		return;
	}
	pace->due_us = now_us + (rest_us < RETENTION_REST_US ? RETENTION_REST_US : rest_us);
	if (took_us < RETENTION_SLICE_US / 2)
		pace->rows *= 2;
	else if (took_us > RETENTION_SLICE_US)
		pace->rows /= 2;
	if (pace->rows > RETENTION_SLICE_MAX)
		pace->rows = RETENTION_SLICE_MAX;
	if (pace->rows < RETENTION_SLICE_MIN)
		pace->rows = RETENTION_SLICE_MIN;
}

/* ---- the clock ---- */

static bool
is_leap(int64_t from_us, int64_t to_us)
{
	return llabs(to_us - from_us) > RETENTION_JUMP_US;
}

void
retention_clock_start(struct retention_clock *clock, int64_t last_us, int64_t wall_us,
    int64_t monotonic_us)
{
	*clock = (struct retention_clock){.believed_us = wall_us - monotonic_us};
	if (last_us != TICK_NONE && is_leap(last_us, wall_us))
		clock->believed_us = last_us - monotonic_us;
}

int64_t
retention_clock_time(struct retention_clock *clock, int64_t wall_us, int64_t monotonic_us)
{
	int64_t ahead_us = wall_us - monotonic_us;
	bool leap = is_leap(clock->believed_us, ahead_us);

	if (leap && (!clock->doubted || is_leap(clock->doubted_us, ahead_us))) {
		clock->doubted = true;
		clock->doubted_us = ahead_us;
		clock->since_us = monotonic_us;
	} else if (!leap || monotonic_us - clock->since_us >= RETENTION_STAND_US) {
		clock->believed_us = ahead_us;
		clock->doubted = false;
	}
	return monotonic_us + clock->believed_us;
}
