/*
 * The one queue through which all calls to the exchange's REST interface go: one call under way,
 * within the weight that the exchange allows, and silent for as long as it demands (429, 418), also
 * over a restart.
 */
#ifndef TICKD_REST_H
#define TICKD_REST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/net/http_call.h"
#include "tickd/rest/rest_queue.h"

#define REST_SYMBOL_SIZE 256 /* bytes that hold any symbol as part of a path, with its NUL */

struct link_host;
struct storage;
struct rest;

/* All that is given outlives it.  NULL: out of memory.  Nothing is asked before rest_start(). */
struct rest *
rest_create(const struct settings *settings, uv_loop_t *loop, struct link_host *host,
    struct storage *storage, feed_tell *tell, void *context);

/* Obeys what was demanded before the restart; asks what is allowed, now and every few hours. */
void
rest_start(struct rest *rest);

/*
 * Queues a GET of the weight that the exchange counts for it.  `path` (with its query) is copied.
 * The callback comes once, never from inside rest_get(), with whatever came of it: `status` 0 where
 * nothing did.  A failed call is not repeated, but the queue itself waits before the next one:
 * whoever still wants it may ask again at once after any status but 4xx, which is its own matter.
 * NULL: out of memory, or stopping.
 */
struct rest_call *
rest_get(struct rest *rest, const char *path, int weight, enum rest_priority priority,
    http_callback *callback, void *context);

/* Its callback does not come any more. */
void
rest_cancel(struct rest_call *call);

/* What time it is at the exchange, for the edges of its minutes; before that, ours is taken. */
void
rest_set_clock(struct rest *rest, int64_t exchange_us);

/* True while nothing can be asked, because the exchange wants it so or does not answer. */
bool
rest_waiting(const struct rest *rest);

/* "host:port", for messages. */
const char *
rest_host(const struct rest *rest);

/* {weight_used, weight_limit, wait_s, why}: a new reference; why is null without a wait. */
json_t *
rest_status(const struct rest *rest);

/*
 * No callback comes any more but `closed`, when no call is under way: from the loop, never from
 * inside of this or of a connection's callback.  Then it is gone.
 */
void
rest_stop(struct rest *rest, void (*closed)(void *context), void *context);

/* The symbol as it stands in a query. */
const char *
rest_symbol(const char *symbol, char text[static REST_SYMBOL_SIZE]);

#endif
