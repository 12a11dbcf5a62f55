/* What the time is at a venue by now: its newest message's, and what went by since.  Pure. */
#ifndef TICKD_MT5_CLOCK_H
#define TICKD_MT5_CLOCK_H

#include "tickd/mt5/broker_time.h"
#include "tickd/mt5/mt5_message.h"

struct mt5_clock {
	struct broker_time time;
	int64_t heard_utc_us; /* TICK_NONE: nothing was heard yet */
	int64_t heard_us;     /* monotonic, then */
};

void
mt5_clock_start(struct mt5_clock *clock);

/* As broker_time_measure(); what is not absurd is heard. */
enum broker_clock
mt5_clock_hear(struct mt5_clock *clock, const struct mt5_clocks *clocks, int64_t now_us);

/* UTC; `otherwise` before anything was heard. */
int64_t
mt5_clock_now(const struct mt5_clock *clock, int64_t now_us, int64_t otherwise);

#endif
