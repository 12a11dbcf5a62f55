#include "tickd/mt5/mt5_clock.h"

#include "common/clock.h"

void
mt5_clock_start(struct mt5_clock *clock)
{
	broker_time_start(&clock->time);
	clock->heard_utc_us = TICK_NONE;
	clock->heard_us = 0;
}

enum broker_clock
mt5_clock_hear(struct mt5_clock *clock, const struct mt5_clocks *clocks, int64_t now_us)
{
	enum broker_clock measured =
	    broker_time_measure(&clock->time, clocks->server_s, clocks->gmt_s, now_us);

	if (measured == BROKER_CLOCK_ABSURD)
		return measured;
	/* While an offset is in doubt the terminal's own UTC is the better one of the two. */
	clock->heard_utc_us = measured == BROKER_CLOCK_DIFFERS ?
	    clocks->gmt_s * CLOCK_SECOND_US :
	    broker_time_present(&clock->time, clocks->server_s * CLOCK_SECOND_US);
	clock->heard_us = now_us;
	return measured;
}

int64_t
mt5_clock_now(const struct mt5_clock *clock, int64_t now_us, int64_t otherwise)
{
	return clock->heard_utc_us == TICK_NONE ? otherwise :
						  clock->heard_utc_us + now_us - clock->heard_us;
}
