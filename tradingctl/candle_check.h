/*
 * What a stored candle should be, given the ticks of its slot.  Pure.
 */
#ifndef TRADINGCTL_CANDLE_CHECK_H
#define TRADINGCTL_CANDLE_CHECK_H

#include "common/candle_builder.h"

#define CANDLE_CHECK_GRACE_US 1000000 /* the source clock passes a slot's end by so much */

/* What lies around a slot, as far as it decides whether the candle is complete. */
struct slot_surroundings {
	int64_t id_before;	 /* of the last trade before the slot, TICK_NONE without one */
	int64_t id_after;	 /* of the first trade after it, TICK_NONE without one */
	int64_t source_clock_us; /* newest trade of any symbol of the source */
};

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
