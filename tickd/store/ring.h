/*
 * The bounded way from the loop thread (one producer) to the storage thread (one consumer).
 * Nothing is dropped: a full ring refuses, and who is refused stops reading its socket.
 */
#ifndef TICKD_RING_H
#define TICKD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/tick.h"

struct ring;

/* Room for at least `capacity` ticks.  NULL: out of memory. */
struct ring *
ring_create(size_t capacity);

void
ring_free(struct ring *ring);

/* Producer: false when full.  Wakes a consumer that waits. */
__attribute__((warn_unused_result)) bool
ring_push(struct ring *ring, const struct tick *tick);

/* Producer: free places at the least. */
size_t
ring_room(const struct ring *ring);

/* Producer: wakes the consumer without a tick, from ring_wait(). */
void
ring_wake(struct ring *ring);

/* Consumer: waits until there is a tick, ring_wake() was called or timeout_us is over. */
void
ring_wait(struct ring *ring, int64_t timeout_us);

/* Consumer: ticks that wait, at the least.  Any thread may ask for a figure to show. */
size_t
ring_count(const struct ring *ring);

/* Consumer: moves up to `max` ticks out. */
size_t
ring_take(struct ring *ring, struct tick *ticks, size_t max);

#endif
