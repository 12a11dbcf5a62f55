/*
 * What a stored candle should be, given the ticks of its slot.  Pure.
 */
#ifndef TRADINGCTL_CANDLE_CHECK_H
#define TRADINGCTL_CANDLE_CHECK_H

#include "common/candle_builder.h"

#define CANDLE_CHECK_GRACE_US 1000000 /* the source clock passes a slot's end by so much */

/* What lies around a slot, as far as it decides whether the candle is complete. */
struct slot_surroundings {
	bool ordinal;		 /* the ids are ordinals: they neither join nor miss */
	bool before;		 /* (ordinals) a tick before the slot is, or was, stored */
	bool after;		 /* a tick after it is stored */
	bool missing;		 /* the ledger misses an id of the slot or right beside it */
	int64_t first_id;	 /* the first of the symbol that was ever seen */
	int64_t whole_from_us;	 /* from this slot on nothing is missing before first_id, or at all
				    (ordinals) */
	int64_t source_clock_us; /* newest trade of any symbol of the source */
};

/*
 * Adds a stored tick as its candle counts it: trades, or, where ids are ordinals, what has a bid.
 */
void
candle_check_add(struct candle_builder *builder, bool ordinal, const struct tick *tick);

/* Whether `complete` should be set: over, joined to its neighbours, no id missing inside. */
bool
candle_check_complete(const struct candle_builder *builder, const struct slot_surroundings *around);

/*
 * Compares every field that follows from the ticks; doubles bit by bit.  Returns how many differ
 * and writes "high 5.1 is stored as 5.0, trades 7 as 8" (cut to size) into `text`.
 */
int
candle_check_compare(const struct candle *stored, const struct candle *expected, char *text,
    size_t size);

#endif
