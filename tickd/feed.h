/*
 * What every feed is: something that brings ticks from a venue.  It hands them to a sink and stops
 * reading when the sink has no room; it never drops one.
 */
#ifndef TICKD_FEED_H
#define TICKD_FEED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/tick.h"

/* Where a feed's ticks go: the ring of the storage thread. */
struct feed_sink {
	/* False when there is no place left. */
	bool (*push)(void *context, const struct tick *tick);
	/* Free places. */
	size_t (*room)(void *context);
	void *context;
};

/* What a feed tells the wiring, which logs it.  `level` is syslog's. */
typedef void feed_tell(void *context, int level, const char *event, const char *symbol,
    const char *sentence);

struct feed;

struct feed_operations {
	void (*start)(struct feed *feed);
	/* Closes everything; the feed is freed by the loop when all is closed. */
	void (*stop)(struct feed *feed);
	/* The sink has room again. */
	void (*resume)(struct feed *feed);
	/* Its entry of status.json's "feeds" (see common/status_file.h): a new reference. */
	json_t *(*status)(struct feed *feed);
	/* True while ticks come as they should. */
	bool (*healthy)(const struct feed *feed);
};

/* The first member of each feed. */
struct feed {
	const struct feed_operations *operations;
};

#endif
