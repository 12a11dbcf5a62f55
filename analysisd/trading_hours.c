#include "analysisd/trading_hours.h"

#include "common/candle.h"
#include "common/clock.h"
#include "common/tick.h"

bool
trading_hours_open(const struct trading_hours *hours, int64_t slot_us)
{
	size_t at = 0;

	while (at + 1 < hours->count && hours->offsets[at].from_us > slot_us)
		at++;
	for (int64_t past_us = 0; past_us < CANDLE_M5_US; past_us += 60 * CLOCK_SECOND_US)
		if (market_hours_open_since(&hours->sessions,
			slot_us + past_us + hours->offsets[at].offset_us) != TICK_NONE)
			return true;
	return false;
}
