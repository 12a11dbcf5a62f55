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
struct storage;

/* What it is made of and whom it speaks to; all of it outlives the feed. */
struct feed_binance_parameters {
	const struct settings *settings;
	uv_loop_t *loop;
	struct link_host *host;
	struct storage *storage; /* remembers the attempts to connect over a restart */
	struct feed_sink sink;
	feed_tell *tell;
	/* Each frame as it came, before anything is made of it; may be NULL. */
	void (*raw)(void *context, int64_t wall_us, const char *frame, size_t length);
	/* The exchange's clock and ours at the same moment, ten times a second at most; or NULL. */
	void (*event_time)(void *context, int64_t event_time_ms, int64_t wall_us);
	/* After stop(), not from inside it: no connection is left; the feed is freed right after. */
	void (*closed)(void *context);
	void *context; /* of all of these but the sink */
};

__attribute__((warn_unused_result)) int
feed_binance_create(struct feed **ret, const struct feed_binance_parameters *parameters,
    struct problem *problem);

#endif
