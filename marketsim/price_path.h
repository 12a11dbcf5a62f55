/*
 * Where the price of a symbol stands at the border of any slot, without walking there.
 *
 * A random walk made from the top: between two known points the middle is drawn, over and over
 * (a Brownian bridge).  Each half inherits the volatility of the whole and changes it a little,
 * so that calm and wild times cluster on every scale.
 */
#ifndef MARKETSIM_PRICE_PATH_H
#define MARKETSIM_PRICE_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct path_point {
	double log_offset; /* log(price / base price) */
	double volatility; /* deviation of log_offset over one slot, hereabouts */
};

/* The way down to the slots last asked for, most of which the next ones share.  Zero: none yet. */
struct path_memo {
	uint64_t key;
	int64_t low; /* the first slot of what the way leads to */
	bool known;
	double left, right, volatility;
};

/* A pure function of key and slot: about 23 hashes, or 7 with a memo of the slots around. */
struct path_point
price_path_at(struct path_memo *memo, uint64_t key, int64_t slot);

#endif
