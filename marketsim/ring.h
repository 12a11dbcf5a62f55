/*
 * The last frames that were published, once for all connections.  Each connection reads at a
 * cursor of its own; the writer never waits, so a reader that falls a whole ring behind is lost.
 */
#ifndef MARKETSIM_RING_H
#define MARKETSIM_RING_H

#include <stddef.h>
#include <stdint.h>

#include "marketsim/frame.h"

struct ring {
	char *bytes;
	size_t size; /* a power of two */
	uint64_t head; /* bytes ever written; a cursor is such a count too */
};

struct ring_frame {
	const char *text; /* valid until the ring is written again */
	uint32_t length;
	int stream;    /* symbol x STREAM_KINDS + kind; captures: -1 for what is none of these */
	uint32_t data; /* where the raw form begins; 0: it has none */
};

/* `size` is a power of two of at least 64 KiB.  0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
ring_init(struct ring *ring, size_t size);

void
ring_finish(struct ring *ring);

/* FRAME_MAX bytes to write the next frame into; ring_commit() then publishes it. */
char *
ring_reserve(struct ring *ring);

void
ring_commit(struct ring *ring, size_t length, uint16_t stream, uint16_t data);

/* The frame at *cursor, which moves on.  Returns 1, 0 at the head, -EOVERFLOW for a lost one. */
int
ring_read(const struct ring *ring, uint64_t *cursor, struct ring_frame *ret);

#endif
