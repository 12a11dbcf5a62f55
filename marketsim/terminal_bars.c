#include "marketsim/terminal_bars.h"

/* Offsets are whole quarters of an hour: candles begin at the same moments as in UTC. */
int64_t
terminal_bar_begin(const struct terminal_clock *clock, int64_t utc_us)
{
	int64_t server_us = terminal_clock_server(clock, utc_us);

	return server_us - server_us % TERMINAL_BAR_US;
}

void
bar_walk_begin(struct bar_walk *bars, const struct terminal_market *market, int symbol,
    int64_t from_us, int64_t until_us)
{
	int64_t begin_us = from_us + TERMINAL_BAR_US - 1;

	bars->until_us = until_us;
	tick_walk_begin(&bars->walk, market, symbol, begin_us - begin_us % TERMINAL_BAR_US, true);
	tick_walk_next(&bars->walk, &bars->tick);
}

bool
bar_walk_next(struct bar_walk *bars, struct terminal_bar *ret)
{
	const struct terminal_market *market = bars->walk.market;
	struct terminal_tick *tick = &bars->tick;
	int64_t begin_us = tick->time_us - tick->time_us % TERMINAL_BAR_US;
	struct terminal_bar bar = {
		.server_us = terminal_clock_server(&market->clock, begin_us),
		.open_e8 = tick->bid_e8,
		.high_e8 = tick->bid_e8,
		.low_e8 = tick->bid_e8,
	};

	if (begin_us >= bars->until_us)
		return false;
	for (; tick->time_us < begin_us + TERMINAL_BAR_US; tick_walk_next(&bars->walk, tick)) {
		bar.high_e8 = tick->bid_e8 > bar.high_e8 ? tick->bid_e8 : bar.high_e8;
		bar.low_e8 = tick->bid_e8 < bar.low_e8 ? tick->bid_e8 : bar.low_e8;
		bar.close_e8 = tick->bid_e8;
		bar.ticks += bars->walk.stride;
		bar.spread = (tick->ask_e8 - tick->bid_e8) /
		    market->symbols[bars->walk.symbol].point_e8;
	}
	*ret = bar;
	return true;
}
