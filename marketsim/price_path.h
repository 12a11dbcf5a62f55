/*
 * Where the price of a symbol stands at the border of any slot, without walking there.
 *
 * A random walk made from the top: between two known points the middle is drawn, over and over
 * (a Brownian bridge).  Each half inherits the volatility of the whole and changes it a little,
 * so that calm and wild times cluster on every scale.
 */
#ifndef MARKETSIM_PRICE_PATH_H
#define MARKETSIM_PRICE_PATH_H

#include <stdint.h>

struct path_point {
	double log_offset; /* log(price / base price) */
	double volatility; /* deviation of log_offset over one slot, hereabouts */
};

/* A pure function of its arguments: about 23 hashes. */
struct path_point
price_path_at(uint64_t key, int64_t slot);

#endif
