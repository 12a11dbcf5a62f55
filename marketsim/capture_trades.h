/*
 * The trades of one symbol of a capture: taken in the order of their recording, kept in the order
 * of their ids, each once.
 */
#ifndef MARKETSIM_CAPTURE_TRADES_H
#define MARKETSIM_CAPTURE_TRADES_H

#include <stdbool.h>
#include <stddef.h>

#include "marketsim/trade_source.h"

#define CAPTURE_TRADES_MAX 20000000 /* a symbol: 960 MB */
#define AGGREGATE_TRADES_MAX 100000 /* an aggregate: more are taken for a broken frame */

struct capture_trades {
	struct trade *items;
	size_t count, capacity;
	bool by_aggregate; /* its first was one: then those count, otherwise the trades do */
	bool unordered;
	int64_t last_id; /* of the one that was added last */
};

/* A trade; its aggregate_id is found out later.  0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
capture_trades_add(struct capture_trades *trades, const struct trade *trade);

/*
 * An aggregate as the trades from its own id to `last_id`, at most AGGREGATE_TRADES_MAX and each of
 * them of something; only their sum is known, and the last one gets what does not divide.  0 or
 * -ENOMEM.
 */
__attribute__((warn_unused_result)) int
capture_trades_add_aggregate(struct capture_trades *trades, const struct trade *whole,
    int64_t last_id);

/* Puts them in order and numbers their aggregates, when all have been added. */
void
capture_trades_finish(struct capture_trades *trades);

#endif
