#include "analysisd/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle.h"
#include "common/tick.h"

void
sources_init(struct sources *sources, const struct sources_keep *keep)
{
	*sources = (struct sources){.keep = *keep};
}

void
sources_finish(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->all[i].name);
	free(sources->all);
}

int
sources_find(struct sources *sources, const char *name, size_t *ret)
{
	struct source *grown;
	char *copy;

	for (size_t i = 0; i < sources->count; i++)
		if (strcmp(sources->all[i].name, name) == 0) {
			*ret = i;
			return 0;
		}
	grown = reallocarray(sources->all, sources->count + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	sources->all = grown;
	copy = strdup(name);
	if (copy == NULL)
		return -ENOMEM;
	*ret = sources->count++;
	grown[*ret] = (struct source){copy, strcmp(name, sources->keep.live_source) == 0, TICK_NONE};
	return 0;
}

void
sources_tell(struct sources *sources, size_t source, int64_t newest_us)
{
	if (newest_us > sources->all[source].clock_us)
		sources->all[source].clock_us = newest_us;
}

int64_t
sources_clock(const struct sources *sources, size_t source)
{
	return sources->all[source].clock_us;
}

int64_t
sources_floor(const struct sources *sources, size_t source)
{
	const struct source *one = &sources->all[source];

	if (!one->live || one->clock_us == TICK_NONE || sources->keep.results_us == 0)
		return INT64_MIN;
	return candle_slot(candle_slot(one->clock_us) - sources->keep.results_us);
}
