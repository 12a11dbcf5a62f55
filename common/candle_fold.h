/*
 * Candles of longer slots out of those of five minutes.  Pure.  Prices and trades are exact;
 * volumes are summed as the doubles that they are stored as.
 */
#ifndef COMMON_CANDLE_FOLD_H
#define COMMON_CANDLE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/candle.h"

/* The start of the slot of `slot_us` (aligned to UTC midnight) that holds time_us. */
int64_t
candle_fold_slot(int64_t time_us, int64_t slot_us);

/* The first start of a slot at or after time_us; the ends of time stay as they are. */
int64_t
candle_fold_next_slot(int64_t time_us, int64_t slot_us);

/* "M5" (300 s) to "D1": the length in microseconds, 0 for a name that is none. */
int64_t
candle_fold_length(const char *timeframe);

/* Begins the slot that m5 lies in. */
void
candle_fold_start(struct candle *slot, const struct candle *m5, int64_t slot_us);

/*
 * Adds the M5 candle next to those that are in, `before` or after all of them; false when it lies
 * in another slot, and nothing changes then.
 */
bool
candle_fold(struct candle *slot, const struct candle *m5, int64_t slot_us, bool before);

#endif
