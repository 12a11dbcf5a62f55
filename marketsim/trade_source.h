/*
 * Where REST finds trades: the synthetic market or a capture.  Those of one symbol have rising
 * ids, contiguous but for what was never traded or never captured, and times that never fall.
 */
#ifndef MARKETSIM_TRADE_SOURCE_H
#define MARKETSIM_TRADE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "marketsim/instrument.h"

struct trade {
	int64_t id;
	int64_t aggregate_id;
	int64_t time_us;
	int64_t price_e8;
	int64_t quantity_e8;
	bool buyer_is_maker;
};

struct trade_source {
	const struct instrument *instruments;
	int count;
	void *object; /* what the functions are given */
	int64_t lag_us; /* how much later than it happened something is shown; 0: at once */

	/* The newest and the oldest trade that may be shown; newest < oldest: none. */
	int64_t (*oldest)(void *object, int symbol);
	int64_t (*newest)(void *object, int symbol);

	/* The first trade at or after a time, and of an aggregate; may lie beyond the newest. */
	int64_t (*at_time)(void *object, int symbol, int64_t time_us);
	int64_t (*of_aggregate)(void *object, int symbol, int64_t aggregate_id);

	/*
	 * Reads trades from `id` (between oldest and newest) on into `trades`, at most `max` and
	 * none beyond the newest, which is always there.  Returns how many, at least 1.
	 */
	int (*read)(void *object, int symbol, int64_t id, struct trade *trades, int max);

	/* Exchange time now. */
	int64_t (*now)(void *object);
};

/* The symbol of that name, or -1. */
int
trade_source_find(const struct trade_source *source, const char *name);

/* The time up to which everything is shown, and the newest trade until then. */
int64_t
trade_source_known(const struct trade_source *source);

int64_t
trade_source_newest(const struct trade_source *source, int symbol);

#endif
