/*
 * Binance as a whole: the feed of its streams, and what goes to its REST interface to make it whole:
 * backfill, the first slot, history, the exchange's clock; beside them the recorder of raw frames.
 */
#ifndef TICKD_BINANCE_H
#define TICKD_BINANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "tickd/feed.h"

struct binance;
struct link;
struct storage;

/* All that is given outlives it.  `closed` comes after binance_stop(), from the loop; then it is gone. */
__attribute__((warn_unused_result)) int
binance_create(struct binance **ret, const struct settings *settings, uv_loop_t *loop,
    struct link *link, struct storage *storage, feed_tell *tell, void (*closed)(void *context),
    void *context, struct problem *problem);

void
binance_start(struct binance *binance);

/* Something was stored: there is room again, there may be work. */
void
binance_poke(struct binance *binance);

/* Its entry of status.json's "feeds": a new reference. */
json_t *
binance_status(struct binance *binance);

/* True while ticks come as they should. */
bool
binance_healthy(const struct binance *binance);

/* Before storage_stop(). */
void
binance_stop(struct binance *binance);

#endif
