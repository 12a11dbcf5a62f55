#include "common/tick.h"

const char *
tick_ids_name(enum tick_ids ids)
{
	static const char *const names[] = {
		[TICK_IDS_TRADE] = "trade",
		[TICK_IDS_AGGREGATE] = "aggregate",
		[TICK_IDS_ORDINAL] = "ordinal",
	};

	return names[ids];
}
