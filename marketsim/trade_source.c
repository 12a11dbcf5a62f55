#include "marketsim/trade_source.h"

#include <string.h>

int
trade_source_find(const struct trade_source *source, const char *name)
{
	for (int i = 0; i < source->count; i++)
		if (strcmp(source->instruments[i].name, name) == 0)
			return i;
	return -1;
}

int64_t
trade_source_known(const struct trade_source *source)
{
	return source->now(source->object) - source->lag_us;
}

int64_t
trade_source_newest(const struct trade_source *source, int symbol)
{
	int64_t newest = source->newest(source->object, symbol), after;

	if (source->lag_us == 0)
		return newest;
	after = source->at_time(source->object, symbol, trade_source_known(source) + 1);
	return after <= newest ? after - 1 : newest;
}
