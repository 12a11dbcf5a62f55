#define _GNU_SOURCE
#include "tickd/store/ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CACHE_LINE 64

struct ring {
	size_t mask;
	struct tick *ticks;
	/* Each end on a line of its own, with what it last saw of the other one. */
	_Alignas(CACHE_LINE) atomic_size_t head; /* the consumer's: next to take */
	_Alignas(CACHE_LINE) atomic_size_t tail; /* the producer's: next to fill */
	size_t head_seen;
	_Alignas(CACHE_LINE) atomic_bool waiting; /* the consumer sleeps or is about to */
	bool woken; /* under the mutex */
	pthread_mutex_t mutex;
	pthread_cond_t wake;
};

struct ring *
ring_create(size_t capacity)
{
	struct ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
	pthread_condattr_t monotonic;
	size_t size = 1;

	if (ring == NULL)
		return NULL;
	while (size < capacity)
		size *= 2;
	memset(ring, 0, sizeof(*ring));
	ring->mask = size - 1;
	ring->ticks = malloc(size * sizeof(ring->ticks[0]));
	if (ring->ticks == NULL) {
		free(ring);
		return NULL;
	}
	pthread_mutex_init(&ring->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&ring->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return ring;
}

void
ring_free(struct ring *ring)
{
	if (ring == NULL)
		return;
	pthread_cond_destroy(&ring->wake);
	pthread_mutex_destroy(&ring->mutex);
	free(ring->ticks);
	free(ring);
}

void
ring_wake(struct ring *ring)
{
	pthread_mutex_lock(&ring->mutex);
	ring->woken = true;
	pthread_cond_signal(&ring->wake);
	pthread_mutex_unlock(&ring->mutex);
}

bool
ring_push(struct ring *ring, const struct tick *tick)
{
	size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail - ring->head_seen > ring->mask) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (tail - ring->head_seen > ring->mask)
			return false;
	}
	ring->ticks[tail & ring->mask] = *tick;
	/*
	 * Sequentially consistent against the consumer's "waiting, then look once more": either
	 * it sees this tick, or we see that it waits.
	 */
	atomic_store(&ring->tail, tail + 1);
	if (atomic_load(&ring->waiting))
		ring_wake(ring);
	return true;
}

size_t
ring_room(const struct ring *ring)
{
	return ring->mask + 1 - ring_count(ring);
}

size_t
ring_count(const struct ring *ring)
{
	/* The head first: it can only make the count too large, never negative. */
	size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	return atomic_load_explicit(&ring->tail, memory_order_acquire) - head;
}

void
ring_wait(struct ring *ring, int64_t timeout_us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_us / 1000000;
	until.tv_nsec += timeout_us % 1000000 * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&ring->mutex);
	atomic_store(&ring->waiting, true);
	while (atomic_load(&ring->tail) == atomic_load(&ring->head) && !ring->woken)
		if (pthread_cond_timedwait(&ring->wake, &ring->mutex, &until) != 0)
			break;
	atomic_store(&ring->waiting, false);
	ring->woken = false;
	pthread_mutex_unlock(&ring->mutex);
}

size_t
ring_take(struct ring *ring, struct tick *ticks, size_t max)
{
	size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t count = ring_count(ring), first;

	if (count > max)
		count = max;
	first = ring->mask + 1 - (head & ring->mask);
	if (first > count)
		first = count;
	memcpy(ticks, ring->ticks + (head & ring->mask), first * sizeof(*ticks));
	memcpy(ticks + first, ring->ticks, (count - first) * sizeof(*ticks));
	atomic_store_explicit(&ring->head, head + count, memory_order_release);
	return count;
}
