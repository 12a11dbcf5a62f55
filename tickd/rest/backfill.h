/*
 * Holes in the ids, filled from the exchange by id: the oldest of all symbols first, page by page,
 * at most two pages in memory.  What is missing is known by the ledger alone, so a restart goes on
 * where the last run was.
 */
#ifndef TICKD_BACKFILL_H
#define TICKD_BACKFILL_H

#include <jansson.h>
#include <uv.h>

#include "common/settings.h"
#include "tickd/feed.h"

struct rest;
struct storage;
struct backfill;

/* All that is given outlives it.  NULL: out of memory.  Does nothing until the first poke. */
struct backfill *
backfill_create(const struct settings *settings, uv_loop_t *loop, struct rest *rest,
    struct storage *storage, feed_tell *tell, void *context);

/* Something was stored: go on if there is something to do.  Cheap when there is not. */
void
backfill_poke(struct backfill *backfill);

/*
 * {state: "idle", "filling" or "waiting", symbol, missing, filled, per_second, eta_s}: a new
 * reference.  symbol and eta_s are null where there is none.
 */
json_t *
backfill_status(const struct backfill *backfill);

/* Before rest_stop() and storage_stop().  Frees it, or storage's return of its last page does. */
void
backfill_stop(struct backfill *backfill);

#endif
