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
