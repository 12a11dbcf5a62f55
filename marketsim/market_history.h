/*
 * The synthetic market as a source of trades: regenerates the slots that are asked for.
 */
#ifndef MARKETSIM_MARKET_HISTORY_H
#define MARKETSIM_MARKET_HISTORY_H

#include "marketsim/market.h"
#include "marketsim/trade_source.h"

/* All times of one symbol's market lie between its history's begin and `newest_trade`. */
struct market_history {
	const struct market *market;
	const struct instrument *instruments;
	int64_t now_us;			       /* exchange time; the feed moves it */
	int64_t newest_trade[INSTRUMENTS_MAX]; /* id last published; the feed moves it */
	/* Where the last read stopped, so that reading on does not begin a slot again. */
	struct walk walk;
	struct order order;
	bool walking;
};

/* Nothing since the market's start is published yet. */
void
market_history_init(struct market_history *history, const struct market *market,
    const struct instrument *instruments);

/* The newest trade before that id; what a hole lacks is none. */
int64_t
market_history_before(struct market_history *history, int symbol, int64_t id);

/* The source; it lives as long as the history does. */
struct trade_source
market_history_source(struct market_history *history);

#endif
