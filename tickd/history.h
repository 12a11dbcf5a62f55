/*
 * Candles from before the first tick: klines of the exchange, fetched page by page for one symbol
 * after another, within what the exchange allows, resumed where an earlier run stopped.
 */
#ifndef TICKD_HISTORY_H
#define TICKD_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/candle.h"
#include "common/settings.h"
#include "tickd/feed.h"

struct link_host;
struct history;

/* What history must know of a symbol; TICK_NONE where there is nothing yet. */
struct history_symbol {
	int64_t first_tick_us; /* its first tick: history ends at that slot */
	int64_t until_us;      /* history is stored up to here */
};

struct history_hooks {
	void (*symbol)(void *context, size_t symbol, struct history_symbol *ret);
	/* Takes a page; false while an earlier one is not stored: asked again at a poke. */
	bool (*page)(void *context, size_t symbol, const struct candle *candles, size_t count,
	    int64_t until_us);
	feed_tell *tell;
	void (*closed)(void *context); /* after history_stop(); history is freed right after */
	void *context;
};

/* NULL: out of memory.  Does nothing until the first poke. */
struct history *
history_create(const struct settings *settings, uv_loop_t *loop, struct link_host *host,
    const struct history_hooks *hooks);

/* Something was stored: go on if there is something to do.  Cheap when there is not. */
void
history_poke(struct history *history);

void
history_stop(struct history *history);

#endif
