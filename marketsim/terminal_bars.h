/*
 * The terminal's candles of five minutes: of the bid, as brokers make them, folded from its ticks.
 * Where there are more than TERMINAL_THIN ticks a slot they are folded from some of them.
 */
#ifndef MARKETSIM_TERMINAL_BARS_H
#define MARKETSIM_TERMINAL_BARS_H

#include "marketsim/terminal_ticks.h"

#define TERMINAL_BAR_US (300 * CLOCK_SECOND_US)

struct terminal_bar {
	int64_t server_us; /* when it begins, by the broker's clock */
	int64_t open_e8, high_e8, low_e8, close_e8;
	int64_t ticks;
	int64_t spread; /* points, of its last tick */
};

struct bar_walk {
	struct tick_walk walk;
	struct terminal_tick tick; /* the next one, of no candle yet */
	int64_t until_us;	   /* UTC: no candle that begins then or later */
};

/* The begin of the candle of that moment, by the broker's clock. */
int64_t
terminal_bar_begin(const struct terminal_clock *clock, int64_t utc_us);

/* From the first candle that begins at or after `from_us` (UTC) on. */
void
bar_walk_begin(struct bar_walk *bars, const struct terminal_market *market, int symbol,
    int64_t from_us, int64_t until_us);

/* The next candle that has ticks; false when there is none left. */
bool
bar_walk_next(struct bar_walk *bars, struct terminal_bar *ret);

#endif
