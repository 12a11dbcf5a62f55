/*
 * Which call goes next: small ones first, then backfill, and one of history after every few of a
 * backfill, however long that is.
 */
#ifndef TICKD_REST_QUEUE_H
#define TICKD_REST_QUEUE_H

#include <stdbool.h>

#include "tickd/net/http_call.h"

#define REST_QUEUE_BACKFILLS 4 /* calls of a backfill to one of history */

enum rest_priority { REST_SMALL, REST_BACKFILL, REST_HISTORY, REST_PRIORITIES };

struct rest;

struct rest_call {
	struct rest *rest;
	struct rest_call *next; /* behind it in its queue */
	char *path;
	int weight;
	enum rest_priority priority;
	http_callback *callback; /* NULL once it is cancelled */
	void *context;
};

struct rest_queue {
	struct {
		struct rest_call *first, **end;
	} lists[REST_PRIORITIES];
	int backfills; /* taken since the last one of history */
};

void
rest_queue_init(struct rest_queue *queue);

void
rest_queue_add(struct rest_queue *queue, struct rest_call *call);

/* The one that goes next, which stays where it is; NULL when there is none. */
struct rest_call *
rest_queue_next(const struct rest_queue *queue);

/* Takes that one out: it goes now. */
struct rest_call *
rest_queue_take(struct rest_queue *queue);

/* False when it was not queued. */
bool
rest_queue_remove(struct rest_queue *queue, struct rest_call *call);

#endif
