#define _GNU_SOURCE
#include "tickd/mt5/mt5_symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
by_name(const void *a, const void *b, void *context)
{
	const struct mt5_known_symbol *all = context;

	return strcmp(all[*(const size_t *)a].name, all[*(const size_t *)b].name);
}

int
mt5_symbols_init(struct mt5_symbols *symbols, const struct mt5_symbol *named,
    const struct mt5_watermark *marks, size_t count)
{
	struct mt5_symbols made = {calloc(count + 1, sizeof(made.all[0])),
		calloc(count + 1, sizeof(made.by_name[0])), count};

	if (made.all == NULL || made.by_name == NULL) {
		mt5_symbols_finish(&made);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		made.all[i] = (struct mt5_known_symbol){.mark = marks[i],
			.newest_us = TICK_NONE,
			.bid_e8 = TICK_NONE,
			.ask_e8 = TICK_NONE};
		memcpy(made.all[i].name, named[i].name, sizeof(made.all[i].name));
		made.by_name[i] = i;
	}
	qsort_r(made.by_name, count, sizeof(made.by_name[0]), by_name, made.all);
	*symbols = made;
	return 0;
}

void
mt5_symbols_finish(struct mt5_symbols *symbols)
{
	free(symbols->all);
	free(symbols->by_name);
	*symbols = (struct mt5_symbols){0};
}

long
mt5_symbols_find(const struct mt5_symbols *symbols, const char *name)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(symbols->all[symbols->by_name[middle]].name, name);

		if (order == 0)
			return (long)symbols->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}
