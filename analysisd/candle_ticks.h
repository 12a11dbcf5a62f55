/*
 * What the ticks of one candle say beyond the candle: their number, and mean and median of the
 * spread over the ticks that carry both bid and ask.  Exact; memory goes with the number of
 * different spreads, not of ticks.
 */
#ifndef ANALYSISD_CANDLE_TICKS_H
#define ANALYSISD_CANDLE_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/decimal.h"
#include "common/tick.h"

#define CANDLE_TICKS_SPREADS_MAX 65536 /* different spreads in 5 min; beyond: no median */

struct spread_count {
	int64_t spread_e8;
	int64_t count; /* 0: the place is free */
};

struct candle_ticks {
	int64_t ticks, trades;
	int64_t spreads;	/* ticks with a bid and an ask */
	decimal_sum spread_sum; /* in 1e-8 */
	int64_t spread_min_e8, spread_max_e8;
	struct spread_count *table; /* open addressing, places a power of two */
	size_t places, different;
	bool too_many; /* more than CANDLE_TICKS_SPREADS_MAX different ones */
};

/* All in units of price; NAN where no tick had a spread. */
struct spread_figures {
	double mean, median, min, max;
};

void
candle_ticks_init(struct candle_ticks *ticks);

void
candle_ticks_finish(struct candle_ticks *ticks);

/* Begins another candle; keeps its memory. */
void
candle_ticks_start(struct candle_ticks *ticks);

/* Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
candle_ticks_add(struct candle_ticks *ticks, const struct tick *tick);

/* Sorts its table: after this comes candle_ticks_start(), no further tick. */
struct spread_figures
candle_ticks_spread(struct candle_ticks *ticks);

#endif
