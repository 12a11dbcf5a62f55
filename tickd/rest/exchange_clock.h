/*
 * How far the exchange's clock is ahead of ours: measured by /api/v3/time, and beside that by the
 * event times of frames.  Shown and alarmed on; no tick is ever placed by it.
 */
#ifndef TICKD_EXCHANGE_CLOCK_H
#define TICKD_EXCHANGE_CLOCK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"

struct rest;
struct exchange_clock;

/* All that is given outlives it.  NULL: out of memory. */
struct exchange_clock *
exchange_clock_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    feed_tell *tell, void *context);

/* Asks now, every five minutes, and whenever our clock was set. */
void
exchange_clock_start(struct exchange_clock *clock);

/* A frame of that event time (its E) came at wall_us by our wall clock.  Cheap: for each frame. */
void
exchange_clock_frame(struct exchange_clock *clock, int64_t event_time_ms, int64_t wall_us);

/* The time at the exchange, as well as it is known; our own before that. */
int64_t
exchange_clock_now_us(const struct exchange_clock *clock);

/* {offset_ms, frames_offset_ms, alarm}: a new reference; null for an offset that is not known. */
json_t *
exchange_clock_status(const struct exchange_clock *clock);

/* Before rest_stop().  Frees it. */
void
exchange_clock_stop(struct exchange_clock *clock);

#endif
