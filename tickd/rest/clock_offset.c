#include "tickd/rest/clock_offset.h"

void
clock_offset_init(struct clock_offset *offset)
{
	*offset = (struct clock_offset){
		.frames_us = CLOCK_OFFSET_UNKNOWN,
		.frames_before_us = CLOCK_OFFSET_UNKNOWN,
	};
}

void
clock_offset_add(struct clock_offset *offset, int64_t sent_us, int64_t received_us,
    int64_t exchange_us)
{
	offset->samples[offset->next].round_trip_us = received_us - sent_us;
	offset->samples[offset->next].offset_us =
	    exchange_us - (sent_us + (received_us - sent_us) / 2);
	offset->next = (offset->next + 1) % CLOCK_OFFSET_SAMPLES;
	if (offset->count < CLOCK_OFFSET_SAMPLES)
		offset->count++;
}

int64_t
clock_offset_best(const struct clock_offset *offset)
{
	int best = 0;

	if (offset->count == 0)
		return CLOCK_OFFSET_UNKNOWN;
	for (int i = 1; i < offset->count; i++)
		if (offset->samples[i].round_trip_us < offset->samples[best].round_trip_us)
			best = i;
	return offset->samples[best].offset_us;
}

void
clock_offset_frame(struct clock_offset *offset, int64_t event_us, int64_t wall_us)
{
	int64_t minute = wall_us / CLOCK_OFFSET_FRAMES_US, ahead_us = event_us - wall_us;

	if (minute != offset->frames_minute) {
		if (minute != offset->frames_minute + 1)
			offset->frames_us = CLOCK_OFFSET_UNKNOWN;
		offset->frames_before_us = offset->frames_us;
		offset->frames_us = ahead_us;
		offset->frames_minute = minute;
	} else if (ahead_us > offset->frames_us) {
		offset->frames_us = ahead_us;
	}
}

int64_t
clock_offset_by_frames(const struct clock_offset *offset, int64_t wall_us)
{
	int64_t minutes = wall_us / CLOCK_OFFSET_FRAMES_US - offset->frames_minute;

	if (minutes < 0 || minutes > 1)
		return CLOCK_OFFSET_UNKNOWN;
	return minutes == 0 && offset->frames_before_us > offset->frames_us ?
	    offset->frames_before_us : offset->frames_us;
}
