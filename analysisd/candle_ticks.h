/*
 * What the ticks of one M5 slot say beyond its candle: their number and kinds, who traded
 * aggressively, large trades, silence, and the spread over the ticks that carry both bid and ask.
 * Exact; memory goes with the number of different spreads, not of ticks.
 *
 * Ticks are added one by one, as the slot forms or afterwards; the order in which they come does
 * not matter to any figure.  The same tick must not be added twice.
 */
#ifndef ANALYSISD_CANDLE_TICKS_H
#define ANALYSISD_CANDLE_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/clock.h"
#include "common/decimal.h"
#include "common/tick.h"

#define CANDLE_TICKS_SPREADS_MAX 65536 /* different spreads in 5 min; beyond: no median */
#define CANDLE_TICKS_SECONDS (CANDLE_M5_US / CLOCK_SECOND_US)

struct spread_count {
	int64_t spread_e8;
	int64_t count; /* 0: the place is free */
};

/* Aggressive trades of either side; a trade that is not TICK_SELL was bought. */
struct candle_ticks_sides {
	decimal_sum buy_e8, sell_e8; /* volumes */
	int64_t buys, sells;	     /* stored trades: an aggregate is one */
};

/* The ticks of one second of the slot: microseconds from the slot's start, plus 1; 0: none. */
struct candle_ticks_second {
	int32_t first, last;
};

struct candle_ticks {
	int64_t ticks, trades;	     /* stored: an aggregate is one */
	int64_t trades_inside;	     /* the same with what is inside aggregates */
	int64_t backfilled, estimated; /* ticks fetched afterwards; whose time is a guess */
	struct candle_ticks_sides sides;
	int64_t large_above_e8;	     /* a trade of more than this is large; TICK_NONE: not known */
	struct candle_ticks_sides large; /* of large trades; nothing while that is not known */
	struct candle_ticks_second seconds[CANDLE_TICKS_SECONDS];
	int64_t spreads;	/* ticks with a bid and an ask; the others are ticks - spreads */
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

/*
 * Begins another slot; keeps its memory.  large_above_e8 must be known before the first tick: see
 * day_bars_large_above(); TICK_NONE where it is not.
 */
void
candle_ticks_start(struct candle_ticks *ticks, int64_t large_above_e8);

/* A tick of the slot.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
candle_ticks_add(struct candle_ticks *ticks, const struct tick *tick);

/*
 * The longest time without a tick from the slot's start to its end, in microseconds; TICK_NONE
 * without a tick.  Between two ticks it counts where they lie in different seconds: what is longer
 * than a second is always found.
 */
int64_t
candle_ticks_silence(const struct candle_ticks *ticks);

/* Sorts its table: after this comes candle_ticks_start(), no further tick. */
struct spread_figures
candle_ticks_spread(struct candle_ticks *ticks);

#endif
