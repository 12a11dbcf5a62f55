/*
 * Candles from before the first tick: klines of the exchange, fetched page by page for one symbol
 * after another, resumed where an earlier run stopped.
 */
#ifndef TICKD_HISTORY_H
#define TICKD_HISTORY_H

#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"

struct rest;
struct storage;
struct history;

/* All that is given outlives it.  NULL: out of memory.  Does nothing until the first poke. */
struct history *
history_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context);

/* Something was stored: go on if there is something to do.  Cheap when there is not. */
void
history_poke(struct history *history);

/* Before rest_stop() and storage_stop().  Frees it, or storage's return of its last page does. */
void
history_stop(struct history *history);

#endif
