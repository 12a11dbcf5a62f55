#include "marketsim/numbering.h"

#include <math.h>
#include <string.h>

#include "marketsim/chance.h"

#define NUMBERING_BURST 0.9 /* a slot has 0.1 to 1.9 times the average */

int64_t
numbering_orders_before(const struct numbering *numbering, int64_t slot)
{
	double rate = slot >= 0 ? numbering->live_orders : numbering->history_orders;
	double noise = 0;

	if (slot != 0)
		noise = NUMBERING_BURST * chance_unit(chance_at(numbering->key, (uint64_t)slot));
	return (int64_t)floor(rate * ((double)slot + noise));
}

void
numbering_fills(const struct numbering *numbering, int64_t block,
    uint8_t fills[static NUMBERING_BLOCK])
{
	struct chance chance = { chance_at(~numbering->key, (uint64_t)block) };

	memset(fills, 1, NUMBERING_BLOCK);
	for (int extra = NUMBERING_BLOCK; extra < NUMBERING_TRADES; extra++) {
		uint64_t bits = chance_next(&chance);

		/* Two draws ANDed: some orders get many fills, most get one. */
		fills[bits & (bits >> 8) & (NUMBERING_BLOCK - 1)]++;
	}
}

int64_t
numbering_trades_before(const struct numbering *numbering, int64_t order)
{
	int64_t block = order >> 4; /* towards minus infinity, also before the start */
	int64_t trades = block * NUMBERING_TRADES;
	uint8_t fills[NUMBERING_BLOCK];

	numbering_fills(numbering, block, fills);
	for (int64_t i = 0; i < order - block * NUMBERING_BLOCK; i++)
		trades += fills[i];
	return trades;
}

int64_t
numbering_order_of(const struct numbering *numbering, int64_t trade)
{
	int64_t block = trade / NUMBERING_TRADES - (trade % NUMBERING_TRADES < 0);
	int64_t left = trade - block * NUMBERING_TRADES;
	uint8_t fills[NUMBERING_BLOCK];
	int order = 0;

	numbering_fills(numbering, block, fills);
	while (left >= fills[order])
		left -= fills[order++];
	return block * NUMBERING_BLOCK + order;
}

int64_t
numbering_slot_of(const struct numbering *numbering, int64_t order)
{
	double rate = order >= 0 ? numbering->live_orders : numbering->history_orders;
	int64_t slot = (int64_t)floor((double)order / rate);

	while (numbering_orders_before(numbering, slot) > order)
		slot--;
	while (numbering_orders_before(numbering, slot + 1) <= order)
		slot++;
	return slot;
}
