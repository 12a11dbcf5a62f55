/*
 * Folds the trades of one slot into its candle.  Pure; the order in which they come does not
 * matter: open and close are those of the smallest and the largest (time, id), sums are exact in
 * 128 bits.  The same trade must not be added twice: who adds knows what is stored.
 */
#ifndef COMMON_CANDLE_BUILDER_H
#define COMMON_CANDLE_BUILDER_H

#include "common/candle.h"
#include "common/decimal.h"
#include "common/tick.h"

struct candle_builder {
	int64_t open_time_us;
	int64_t open_e8, high_e8, low_e8, close_e8;
	int64_t first_time_us, last_time_us;	/* of the ticks that opened and closed */
	int64_t open_id, close_id;		/* their ids: ties within one microsecond */
	int64_t first_tick_id, last_tick_id;	/* smallest and largest id */
	int64_t trades;				/* 0: the slot is empty */
	int64_t ids;				/* trades as ids: an aggregate is one */
	bool of_bids;				/* made of bids: has no ids */
	decimal_sum volume, taker_buy_volume;	/* in 1e-8 */
	decimal_sum quote_volume;		/* in 1e-16 */
};

void
candle_builder_start(struct candle_builder *builder, int64_t open_time_us);

/* Adds a trade of this slot; a pure quote changes nothing. */
void
candle_builder_add(struct candle_builder *builder, const struct tick *tick);

/* Adds a tick of a source without trade ids: the candle is of the bids, `trades` counts them. */
void
candle_builder_add_bid(struct candle_builder *builder, const struct tick *tick);

/* True when no id between the first and the last is missing. */
bool
candle_builder_contiguous(const struct candle_builder *builder);

/* Fills prices, sums, trades, ids (none of bids) and origin; revision and complete are the caller's to know. */
void
candle_builder_candle(const struct candle_builder *builder, struct candle *ret_candle);

#endif
