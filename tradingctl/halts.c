#include "tradingctl/halts.h"

#include <stdlib.h>

static int64_t
length(const struct halt *halt)
{
	return halt->to_us - halt->from_us;
}

void
halts_add(struct halts *halts, const struct halt *halt)
{
	size_t at = halts->count;

	if (length(halt) < HALTS_SHORTEST_US)
		return;
	while (at > 0 && length(&halts->items[at - 1]) < length(halt)) {
		if (at < HALTS_KEPT)
			halts->items[at] = halts->items[at - 1];
		at--;
	}
	if (at == HALTS_KEPT)
		return;
	halts->items[at] = *halt;
	if (halts->count < HALTS_KEPT)
		halts->count++;
}

static int
compare(const void *a, const void *b)
{
	const struct halt *left = a, *right = b;

	return (left->from_us > right->from_us) - (left->from_us < right->from_us);
}

void
halts_settle(struct halts *halts, int64_t trades, int64_t span_us)
{
	while (halts->count > 0 && trades > 1 &&
	    length(&halts->items[halts->count - 1]) / HALTS_TIMES_USUAL < span_us / (trades - 1))
		halts->count--;
	qsort(halts->items, halts->count, sizeof(halts->items[0]), compare);
}
