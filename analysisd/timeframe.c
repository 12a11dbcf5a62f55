#include "analysisd/timeframe.h"

#include <string.h>

#include "common/clock.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)

/* As candle_fold_length() has them; here they are found without comparing names, bar by bar. */
static const struct {
	const char *name;
	int64_t length_us;
} timeframes[TIMEFRAMES] = {
	[TIMEFRAME_M5] = {"M5", 5 * MINUTE_US},
	[TIMEFRAME_M15] = {"M15", 15 * MINUTE_US},
	[TIMEFRAME_M30] = {"M30", 30 * MINUTE_US},
	[TIMEFRAME_H1] = {"H1", 60 * MINUTE_US},
	[TIMEFRAME_H4] = {"H4", 240 * MINUTE_US},
	[TIMEFRAME_D1] = {"D1", 1440 * MINUTE_US},
};

const char *
timeframe_name(enum timeframe timeframe)
{
	return timeframes[timeframe].name;
}

bool
timeframe_find(const char *name, enum timeframe *ret)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (strcmp(timeframes[i].name, name) == 0) {
			*ret = (enum timeframe)i;
			return true;
		}
	return false;
}

int64_t
timeframe_length(enum timeframe timeframe)
{
	return timeframes[timeframe].length_us;
}
