/*
 * The Binance feed: WebSocket connections to the combined streams of the settings' symbols, kept
 * up for ever, their frames scanned and normalised into ticks.
 */
#ifndef TICKD_FEED_BINANCE_H
#define TICKD_FEED_BINANCE_H

#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "tickd/feed.h"

struct link_host;

/*
 * `settings`, the loop and the host outlive the feed.  `closed` comes after stop(), when no
 * connection is left; the feed is freed right after.
 */
__attribute__((warn_unused_result)) int
feed_binance_create(struct feed **ret, const struct settings *settings, uv_loop_t *loop,
    struct link_host *host, const struct feed_sink *sink, feed_tell *tell,
    void (*closed)(void *context), void *context, struct problem *problem);

#endif
