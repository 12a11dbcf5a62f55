/*
 * The market as a broker's terminal sees it: his symbols follow those of the exchange where they
 * are simulated, at some distance that drifts, and walk on their own otherwise.
 */
#ifndef MARKETSIM_TERMINAL_MARKET_H
#define MARKETSIM_TERMINAL_MARKET_H

#include "marketsim/market.h"
#include "marketsim/terminal_clock.h"
#include "marketsim/terminal_symbol.h"

#define TERMINAL_DISTANCE 0.0004 /* of the price: how far the broker is above the exchange */
#define TERMINAL_DRIFT 0.0002	 /* and by how much more or less within ... */
#define TERMINAL_DRIFT_US (8 * 3600 * CLOCK_SECOND_US)

struct terminal_leader {
	const struct market *market;
	int symbol; /* its number there */
	double base_price, share;
};

struct terminal_market {
	int count;
	double rate; /* ticks a second and symbol */
	int64_t start_us; /* where slot 0 begins, as the exchange's */
	int64_t history_us;
	struct terminal_clock clock;
	struct terminal_symbol symbols[TERMINAL_SYMBOLS_MAX];
	uint64_t keys[TERMINAL_SYMBOLS_MAX]; /* of seed and symbol */
	struct terminal_leader leaders[TERMINAL_SYMBOLS_MAX];
	struct instrument instruments[TERMINAL_SYMBOLS_MAX]; /* what walks on its own */
	struct market own;
};

/*
 * Fills the caller's market from symbols and clock; `exchange` outlives it.  `rate` is ticks a
 * second over all symbols and above 0.
 */
void
terminal_market_init(struct terminal_market *market, const struct terminal_symbol *symbols,
    int count, const struct terminal_clock *clock, double rate, uint64_t seed,
    const struct market *exchange);

/* The symbol of that name, or -1. */
int
terminal_market_find(const struct terminal_market *market, const char *name);

/* How much dearer the symbol is than what it follows, in the slot. */
double
terminal_market_distance(const struct terminal_market *market, int symbol, int64_t slot);

#endif
