/*
 * The bounded way of raw frames from the loop thread (one producer) to the recorder's (one
 * consumer): bytes and receive time of each, in their order.  A full ring refuses; neither end
 * ever waits for the other.
 */
#ifndef TICKD_FRAME_RING_H
#define TICKD_FRAME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_ring;

/* Room for `bytes` of frames and what is kept beside each.  NULL: out of memory. */
struct frame_ring *
frame_ring_create(size_t bytes);

void
frame_ring_free(struct frame_ring *ring);

/* Producer: false when there is no room for it. */
__attribute__((warn_unused_result)) bool
frame_ring_push(struct frame_ring *ring, int64_t wall_us, const char *frame, size_t length);

/* Consumer: what comes next; false when the ring is empty. */
__attribute__((warn_unused_result)) bool
frame_ring_next(struct frame_ring *ring, int64_t *ret_wall_us, size_t *ret_length);

/* Consumer: moves out the frame that frame_ring_next() told of, into its length of bytes. */
void
frame_ring_take(struct frame_ring *ring, char *frame);

#endif
