/*
 * The streams that one connection asked for, by name.  A name that means nothing here is kept
 * and counted like any other and simply stays silent, as at the exchange.
 */
#ifndef MARKETSIM_SUBSCRIPTIONS_H
#define MARKETSIM_SUBSCRIPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "marketsim/feed.h"

#define SUBSCRIPTIONS_MAX 1024 /* streams a connection: the exchange's limit */
#define STREAM_NAME_SIZE 64    /* bytes with the NUL; longer names cannot be subscribed */

struct subscriptions {
	char (*names)[STREAM_NAME_SIZE];
	size_t count, capacity;
	bool wanted[STREAMS_MAX];
	bool muted[STREAMS_MAX]; /* on purpose (see mute.h), until it is subscribed again */
	int wanted_count;
	int *listeners; /* connections a stream, over all of them: kept up to date here */
};

/* Empty; `listeners` has STREAMS_MAX counts and outlives it. */
void
subscriptions_init(struct subscriptions *subscriptions, int *listeners);

/* The number of that stream (symbol x STREAM_KINDS + kind), or -1 for a name unknown here. */
int
stream_of_name(const struct instrument *instruments, int count, const char *name, size_t length);

/*
 * Adds a stream; twice is once.  `stream` is its number or -1.
 * Returns 1 when it is new, 0 when not, -E2BIG, -EINVAL (the name), -ENOMEM.
 */
__attribute__((warn_unused_result)) int
subscriptions_add(struct subscriptions *subscriptions, const char *name, size_t length, int stream);

/* Returns true when it was there. */
bool
subscriptions_remove(struct subscriptions *subscriptions, const char *name, int stream);

void
subscriptions_finish(struct subscriptions *subscriptions);

#endif
