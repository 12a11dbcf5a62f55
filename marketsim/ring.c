#include "marketsim/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	uint32_t length; /* 0: nothing more before the ring's end */
	uint16_t stream;
	uint16_t data;
};

#define ENTRY_MAX (sizeof(struct entry) + FRAME_MAX)

static size_t
entry_size(size_t length)
{
	return (sizeof(struct entry) + length + 7) & ~(size_t)7;
}

int
ring_init(struct ring *ring, size_t size)
{
	ring->bytes = malloc(size);
	ring->size = size;
	ring->head = 0;
	return ring->bytes != NULL ? 0 : -ENOMEM;
}

void
ring_finish(struct ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

char *
ring_reserve(struct ring *ring)
{
	size_t at = ring->head & (ring->size - 1), left = ring->size - at;

	if (left < ENTRY_MAX) {
		memset(ring->bytes + at, 0, sizeof(struct entry));
		ring->head += left;
		at = 0;
	}
	return ring->bytes + at + sizeof(struct entry);
}

void
ring_commit(struct ring *ring, size_t length, uint16_t stream, uint16_t data)
{
	struct entry entry = { (uint32_t)length, stream, data };

	memcpy(ring->bytes + (ring->head & (ring->size - 1)), &entry, sizeof(entry));
	ring->head += entry_size(length);
}

int
ring_read(const struct ring *ring, uint64_t *cursor, struct ring_frame *ret)
{
	struct entry entry;
	size_t at;

	/* What lies within ENTRY_MAX of being overwritten may be half overwritten already. */
	if (ring->head - *cursor > ring->size - ENTRY_MAX)
		return -EOVERFLOW;
	for (;;) {
		if (*cursor == ring->head)
			return 0;
		at = *cursor & (ring->size - 1);
		memcpy(&entry, ring->bytes + at, sizeof(entry));
		if (entry.length > 0)
			break;
		*cursor += ring->size - at;
	}
	ret->text = ring->bytes + at + sizeof(entry);
	ret->length = entry.length;
	ret->stream = entry.stream;
	ret->data = entry.data;
	*cursor += entry_size(entry.length);
	return 1;
}
