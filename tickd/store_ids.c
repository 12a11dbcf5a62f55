#define _GNU_SOURCE
#include "tickd/store_ids.h"

#include <errno.h>
#include <stdlib.h>

static int
open_gap(struct store *store, struct symbol *symbol, const struct gap *gap)
{
	int result = gaps_open(store->gaps, symbol->row.symbol_id, gap, store->now_us);

	if (result < 0)
		return result;
	symbol->gap_count++;
	if (gap->last_id > symbol->gap_top)
		symbol->gap_top = gap->last_id;
	store->result->gaps_opened++;
	store->result->gap = *gap;
	store->result->gap_symbol = (size_t)(symbol - store->symbols);
	return 0;
}

/* Looks at a trade in the order of its coming: a jump in the ids is a gap. */
static int
note_id(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	struct symbol_row *row = &symbol->row;
	int result = 0;

	if (row->newest_id == TICK_NONE) {
		row->first_id = row->newest_id = tick->tick_id;
	} else if (tick->tick_id > row->newest_id) {
		if (tick->tick_id > row->newest_id + 1)
			result = open_gap(store, symbol, &(struct gap){row->newest_id + 1,
			    tick->tick_id - 1, row->newest_us, tick->time_us});
		row->newest_id = tick->tick_id;
	} else if (tick->tick_id < row->first_id) {
		if (tick->tick_id < row->first_id - 1)
			result = open_gap(store, symbol, &(struct gap){tick->tick_id + 1,
			    row->first_id - 1, tick->time_us, row->first_us});
		row->first_id = tick->tick_id;
	}
	return result;
}

static int
make_room(struct store *store, size_t count)
{
	struct tick *fresh, *known, *beside;

	if (count <= store->list_room)
		return 0;
	fresh = reallocarray(store->fresh.ticks, count, sizeof(*fresh));
	if (fresh == NULL)
		return -ENOMEM;
	store->fresh.ticks = fresh;
	known = reallocarray(store->known.ticks, count, sizeof(*known));
	if (known == NULL)
		return -ENOMEM;
	store->known.ticks = known;
	beside = reallocarray(store->beside.ticks, 2 * count, sizeof(*beside));
	if (beside == NULL)
		return -ENOMEM;
	store->beside.ticks = beside;
	store->list_room = count;
	return 0;
}

int
store_note_arrivals(struct store *store, const struct tick *ticks, size_t count)
{
	int result = make_room(store, count);

	store->fresh.count = store->known.count = store->beside.count = 0;
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct tick *tick = &ticks[i];
		struct symbol *symbol = &store->symbols[tick->symbol];
		struct symbol_row *row = &symbol->row;
		struct tick_list *list = &store->known;

		symbol->touched = true;
		if (tick->flags & TICK_TRADE) {
			if (row->newest_id == TICK_NONE || tick->tick_id > row->newest_id)
				list = &store->fresh;
			result = note_id(store, symbol, tick);
			if (row->first_us == TICK_NONE || tick->time_us < row->first_us)
				row->first_us = tick->time_us;
			if (row->newest_us == TICK_NONE || tick->time_us > row->newest_us)
				row->newest_us = tick->time_us;
			if (tick->time_us > store->clock_us)
				store->clock_us = tick->time_us;
		}
		list->ticks[list->count++] = *tick;
	}
	return result;
}

int
store_fill_gap(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	struct gap gap;
	int result = gaps_fill(store->gaps, symbol->row.symbol_id, tick->tick_id, tick->time_us,
	    store->now_us, &gap);

	if (result != 1)
		return result;
	store->result->late++;
	store->result->gaps_filled += gap.first_id == gap.last_id;
	store->beside.ticks[store->beside.count++] =
	    (struct tick){.symbol = tick->symbol, .time_us = gap.from_us};
	store->beside.ticks[store->beside.count++] =
	    (struct tick){.symbol = tick->symbol, .time_us = gap.to_us};
	return gaps_summary(store->gaps, symbol->row.symbol_id, &symbol->gap_count,
	    &symbol->gap_top);
}
