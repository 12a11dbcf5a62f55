#include "common/candle.h"

const char *
candle_origin_name(enum candle_origin origin)
{
	static const char *const names[] = {"ticks", "klines", "bars"};

	return names[origin];
}
