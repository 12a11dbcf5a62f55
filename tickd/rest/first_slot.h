/*
 * The slot of a symbol's first tick, filled back to its open: which id the exchange's first trade
 * of that slot has is asked once, what lies before our first tick becomes a hole of the ledger, and
 * the backfill does the rest.
 */
#ifndef TICKD_FIRST_SLOT_H
#define TICKD_FIRST_SLOT_H

#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"

struct rest;
struct storage;
struct first_slot;

/* All that is given outlives it.  NULL: out of memory.  Does nothing until the first poke. */
struct first_slot *
first_slot_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context);

/* Something was stored: go on if there is something to do.  Cheap when there is not. */
void
first_slot_poke(struct first_slot *first);

/* Before rest_stop() and storage_stop().  Frees it, or storage's return of its last job does. */
void
first_slot_stop(struct first_slot *first);

#endif
