#define _GNU_SOURCE
#include "tickd/record/frame_ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct header {
	int64_t wall_us;
	size_t length;
};

struct frame_ring {
	size_t mask;
	char *bytes;
	/* Each end on a line of its own, with what it last saw of the other one. */
	_Alignas(CACHE_LINE) atomic_size_t head; /* the consumer's: bytes ever taken */
	size_t tail_seen;
	struct header next; /* of the frame at the head, once it was told of */
	_Alignas(CACHE_LINE) atomic_size_t tail; /* the producer's: bytes ever put in */
	size_t head_seen;
};

struct frame_ring *
frame_ring_create(size_t bytes)
{
	struct frame_ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
	size_t size = 1;

	if (ring == NULL)
		return NULL;
	while (size < bytes)
		size *= 2;
	memset(ring, 0, sizeof(*ring));
	ring->mask = size - 1;
	ring->bytes = malloc(size);
	if (ring->bytes == NULL) {
		free(ring);
		return NULL;
	}
	return ring;
}

void
frame_ring_free(struct frame_ring *ring)
{
	if (ring == NULL)
		return;
	free(ring->bytes);
	free(ring);
}

static void
put(struct frame_ring *ring, size_t at, const void *from, size_t length)
{
	size_t start = at & ring->mask, first = ring->mask + 1 - start;

	if (first > length)
		first = length;
	memcpy(ring->bytes + start, from, first);
	memcpy(ring->bytes, (const char *)from + first, length - first);
}

static void
get(const struct frame_ring *ring, size_t at, void *to, size_t length)
{
	size_t start = at & ring->mask, first = ring->mask + 1 - start;

	if (first > length)
		first = length;
	memcpy(to, ring->bytes + start, first);
	memcpy((char *)to + first, ring->bytes, length - first);
}

bool
frame_ring_push(struct frame_ring *ring, int64_t wall_us, const char *frame, size_t length)
{
	const struct header header = {wall_us, length};
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	size_t size = ring->mask + 1, needed = sizeof(header) + length;

	if (needed > size - (tail - ring->head_seen)) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (needed > size - (tail - ring->head_seen))
			return false;
	}
	put(ring, tail, &header, sizeof(header));
	put(ring, tail + sizeof(header), frame, length);
	atomic_store_explicit(&ring->tail, tail + needed, memory_order_release);
	return true;
}

bool
frame_ring_next(struct frame_ring *ring, int64_t *ret_wall_us, size_t *ret_length)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (ring->tail_seen == head) {
		ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (ring->tail_seen == head)
			return false;
	}
	get(ring, head, &ring->next, sizeof(ring->next));
	*ret_wall_us = ring->next.wall_us;
	*ret_length = ring->next.length;
	return true;
}

void
frame_ring_take(struct frame_ring *ring, char *frame)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	assert(ring->tail_seen - head >= sizeof(ring->next) + ring->next.length);
	get(ring, head + sizeof(ring->next), frame, ring->next.length);
	atomic_store_explicit(&ring->head, head + sizeof(ring->next) + ring->next.length,
	    memory_order_release);
}
