/*
 * The exchange's clock against ours, from what was seen of it.  Pure.
 *
 * An answer that says what time it was lies somewhere between our sending and receiving: the
 * middle is wrong by half the round trip at the most, so the shortest of the last few counts.
 * A frame came later than its event time by its delay: the least one of a minute counts.
 */
#ifndef TICKD_CLOCK_OFFSET_H
#define TICKD_CLOCK_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_OFFSET_SAMPLES 5
#define CLOCK_OFFSET_UNKNOWN INT64_MIN
#define CLOCK_OFFSET_FRAMES_US INT64_C(60000000) /* frames are looked at by so much */

struct clock_offset {
	struct {
		int64_t offset_us, round_trip_us;
	} samples[CLOCK_OFFSET_SAMPLES];
	int count, next;
	int64_t frames_minute;	   /* of our wall clock */
	int64_t frames_us, frames_before_us; /* the largest of this minute and of the one before */
};

/* Also: forgets everything. */
void
clock_offset_init(struct clock_offset *offset);

/* Sent and received by a clock of ours; what it was at the exchange in between. */
void
clock_offset_add(struct clock_offset *offset, int64_t sent_us, int64_t received_us,
    int64_t exchange_us);

/* The exchange's clock minus that clock of ours, or CLOCK_OFFSET_UNKNOWN. */
int64_t
clock_offset_best(const struct clock_offset *offset);

/* A frame of that event time came at wall_us by our wall clock. */
void
clock_offset_frame(struct clock_offset *offset, int64_t event_us, int64_t wall_us);

/* By the frames, minus the least delay that they had; or CLOCK_OFFSET_UNKNOWN. */
int64_t
clock_offset_by_frames(const struct clock_offset *offset, int64_t wall_us);

#endif
