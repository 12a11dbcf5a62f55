/*
 * The synthetic market: pure functions of (seed, symbol, slot).
 *
 * Exchange time is cut into slots of MARKET_SLOT_US counted from the market's start; what happens
 * in a slot follows from the seed, the symbol's name and the slot's number alone, so streams,
 * trades by id and candles of any time agree without anything being stored.  Slots before the
 * start are history: the same kind of market with fewer trades.
 */
#ifndef MARKETSIM_MARKET_H
#define MARKETSIM_MARKET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "marketsim/chance.h"
#include "marketsim/instrument.h"
#include "marketsim/numbering.h"
#include "marketsim/price_path.h"

#define MARKET_SLOT_US (10 * CLOCK_SECOND_US)
#define MARKET_HISTORY_MAX_US (1000 * CLOCK_DAY_US) /* a day's candle folds 8640 slots */
#define MARKET_HISTORY_RATE 1.0 /* trades a second and symbol before the start, at the most */
#define MARKET_HOLES_MAX 16	/* of a run */
#define MARKET_SIZES 256	/* a table of log-normal sizes a symbol */

struct quote {
	int64_t update_id;
	int64_t bid_e8, ask_e8;
	int64_t bid_quantity_e8, ask_quantity_e8;
};

/* One order that takes from the book: an aggregate trade of one price. */
struct order {
	int64_t time_us;
	int64_t aggregate_id;
	int64_t first_trade_id;
	int64_t price_e8;
	int64_t quantity_e8[ORDER_FILLS_MAX];
	int fills;
	bool buyer_is_maker; /* the order sold, at the bid */
	bool quote_moved;    /* `before` is news: it differs from the last order's `after` */
	struct quote before, after;
};

/* Ids that the exchange never gave away: whole orders fall out of the market. */
struct market_hole {
	int symbol;
	int64_t first_id, last_id;
};

struct market_symbol {
	const struct instrument *instrument;
	struct numbering numbering;
	uint64_t key;		   /* of seed and symbol */
	int64_t first_trade_id;	   /* id of trade 0 */
	int64_t first_aggregate_id; /* id of order 0 */
	int64_t first_update_id;
	int64_t sizes_e8[MARKET_SIZES];
};

struct market {
	int64_t start_us;
	int64_t history_us;
	double gaps[256]; /* quantiles of the exponential distribution */
	struct market_hole holes[MARKET_HOLES_MAX];
	int hole_count;
	int symbol_count;
	struct market_symbol symbols[INSTRUMENTS_MAX];
};

/* Walks through the orders of one slot of one symbol. */
struct walk {
	const struct market *market;
	const struct market_symbol *symbol;
	struct chance chance;
	int64_t slot, order, end; /* ordinals */
	int64_t next_trade;	  /* ordinal of the next order's first trade */
	int64_t time_us;	  /* since the market's start */
	double middle, target, step; /* in ticks: now, at the slot's end, deviation an order */
	int64_t bid, ask;	  /* in ticks */
	struct quote quote;
	uint8_t fills[NUMBERING_BLOCK];
	int64_t fills_block;
	struct path_memo path;
	struct path_point target_point; /* where the price stands at the slot's end */
};

/*
 * Fills the caller's market.  `instruments` must outlive it; `rate` is trades a second over all
 * symbols on average and above 0.
 */
void
market_init(struct market *market, uint64_t seed, const struct instrument *instruments, int count,
    double rate, int64_t start_us, int64_t history_us);

/*
 * Takes the orders out of the market that hold any of the trades from `first` to `last`, counted
 * from 1 at the market's start.  There is room for MARKET_HOLES_MAX.
 */
void
market_add_hole(struct market *market, int symbol, int64_t first, int64_t last);

/* Has that order been taken out? */
bool
market_lacks(const struct market *market, int symbol, const struct order *order);

/* The slot that `time_us` (exchange time) lies in. */
int64_t
market_slot_at(const struct market *market, int64_t time_us);

/* The walk is zero, or has walked before. */
void
walk_begin(struct walk *walk, const struct market *market, int symbol, int64_t slot);

/* The next order of the slot; false when there is none left. */
bool
walk_next(struct walk *walk, struct order *ret);

/* The next order of this or, where it is over, of a later slot. */
void
walk_follow(struct walk *walk, struct order *ret);

/* Makes the order end with `last_trade_id`, when it has more trades than that. */
void
order_truncate(struct order *order, int64_t last_trade_id);

#endif
