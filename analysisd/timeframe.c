#include "analysisd/timeframe.h"

#include <string.h>

#include "common/candle_fold.h"

static const char *const names[TIMEFRAMES] = {
	[TIMEFRAME_M5] = "M5",
	[TIMEFRAME_M15] = "M15",
	[TIMEFRAME_M30] = "M30",
	[TIMEFRAME_H1] = "H1",
	[TIMEFRAME_H4] = "H4",
	[TIMEFRAME_D1] = "D1",
};

const char *
timeframe_name(enum timeframe timeframe)
{
	return names[timeframe];
}

bool
timeframe_find(const char *name, enum timeframe *ret)
{
	for (int i = 0; i < TIMEFRAMES; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum timeframe)i;
			return true;
		}
	return false;
}

int64_t
timeframe_length(enum timeframe timeframe)
{
	return candle_fold_length(names[timeframe]);
}
