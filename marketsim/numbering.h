/*
 * How many orders and trades came before any point of a symbol's market, in closed form: ids
 * stay contiguous for ever and any id is found without walking to it.
 *
 * Order 0 and trade 0 are the first after the market's start; those before have negative
 * ordinals.  An order of the book is one aggregate trade; it fills as 1 to ORDER_FILLS_MAX
 * trades.
 */
#ifndef MARKETSIM_NUMBERING_H
#define MARKETSIM_NUMBERING_H

#include <stdint.h>

#define NUMBERING_BLOCK 16   /* orders that share their trades by lot */
#define NUMBERING_TRADES 26  /* trades of such a block */
#define ORDER_FILLS_MAX (NUMBERING_TRADES - NUMBERING_BLOCK + 1)

struct numbering {
	uint64_t key;
	double live_orders;    /* a slot on average, from slot 0 on */
	double history_orders; /* a slot on average, before */
};

/* Orders before the beginning of `slot`: never falls as the slot grows. */
int64_t
numbering_orders_before(const struct numbering *numbering, int64_t slot);

/* Trades before `order`. */
int64_t
numbering_trades_before(const struct numbering *numbering, int64_t order);

/* How many trades each order of `block` has; the block's first order is 16 x block. */
void
numbering_fills(const struct numbering *numbering, int64_t block,
    uint8_t fills[static NUMBERING_BLOCK]);

/* The order that `trade` belongs to. */
int64_t
numbering_order_of(const struct numbering *numbering, int64_t trade);

/* The last slot that begins with no more than `order` orders before it: the one it is in. */
int64_t
numbering_slot_of(const struct numbering *numbering, int64_t order);

#endif
