#define _GNU_SOURCE
#include "tickd/store/store_ids.h"

#include <errno.h>
#include <stdlib.h>

#include "tickd/store/store_symbols.h"

#define LEFT_BY_IMPORT "left by an import: import the files between"

/* Whether the tick before the hole, the newest one stored so far, was imported. */
static int
follows_import(struct store *store, const struct symbol *symbol, const struct gap *gap)
{
	int64_t flags;
	int result = tick_table_flags(store->ticks, symbol->row.symbol_id, gap->from_us,
	    gap->first_id - 1, &flags);

	return result == 1 ? (flags & TICK_IMPORTED) != 0 : result;
}

/*
 * What lies between two imports, or an import and the live ticks, can be years: nobody asked for
 * that to be fetched.
 */
static int
is_left_alone(struct store *store, const struct symbol *symbol, const struct gap *gap)
{
	if (gap->from_us >= gap->to_us - store->imported_hole_us)
		return 0;
	return store->importing ? 1 : follows_import(store, symbol, gap);
}

static int
open_gap(struct store *store, struct symbol *symbol, const struct gap *gap)
{
	int result = is_left_alone(store, symbol, gap);

	if (result >= 0)
		result = gaps_open(store->gaps, symbol->row.symbol_id, gap,
		    result == 1 ? LEFT_BY_IMPORT : NULL, store->now_us, &symbol->gaps);
	if (result < 0)
		return result;
	store->result->gaps_opened++;
	store->result->gap = *gap;
	store->result->gap_symbol = (size_t)(symbol - store->symbols);
	return 0;
}

static int
note_newer(struct store *store, struct symbol *symbol, const struct gap *ids)
{
	struct symbol_row *row = &symbol->row;
	int64_t next = row->newest_id + 1;

	row->newest_id = ids->last_id;
	if (ids->first_id <= next)
		return 0;
	return open_gap(store, symbol,
	    &(struct gap){next, ids->first_id - 1, row->newest_us, ids->from_us});
}

static int
note_earlier(struct store *store, struct symbol *symbol, const struct gap *ids)
{
	struct symbol_row *row = &symbol->row;
	int64_t first = row->first_id;

	row->first_id = ids->first_id;
	row->whole_from_us = TICK_NONE;
	if (ids->last_id >= first - 1)
		return 0;
	return open_gap(store, symbol, &(struct gap){ids->last_id + 1, first - 1, ids->to_us,
	    row->first_us == TICK_NONE ? ids->to_us : row->first_us});
}

int
store_note_ids(struct store *store, struct symbol *symbol, const struct gap *ids, bool old)
{
	struct symbol_row *row = &symbol->row;
	int result = 0;

	if (row->newest_id == TICK_NONE) {
		row->first_id = ids->first_id;
		row->newest_id = ids->last_id;
		return 0;
	}
	if (ids->last_id > row->newest_id)
		result = note_newer(store, symbol, ids);
	if (old) {
		/* It is not stored, nor is what was before it: what is accounted for begins behind. */
		if (row->first_id <= ids->last_id)
			row->first_id = ids->last_id + 1;
	} else if (result == 0 && ids->first_id < row->first_id) {
		result = note_earlier(store, symbol, ids);
	}
	return result;
}

/* ---- holes that are filled ---- */

static int
note_neighbour(struct store *store, struct symbol *symbol, int64_t time_us)
{
	struct neighbours *beside = &store->beside;
	const struct neighbour neighbour = {symbol, candle_slot(time_us)};

	if (beside->count > 0 && beside->items[beside->count - 1].symbol == symbol &&
	    beside->items[beside->count - 1].slot_us == neighbour.slot_us)
		return 0;
	if (beside->count == beside->room) {
		size_t room = beside->room == 0 ? 64 : 2 * beside->room;
		struct neighbour *items = reallocarray(beside->items, room, sizeof(*items));

		if (items == NULL)
			return -ENOMEM;
		beside->items = items;
		beside->room = room;
	}
	beside->items[beside->count++] = neighbour;
	return 0;
}

int
store_fill_ids(struct store *store, struct symbol *symbol, const struct gap *ids, bool page,
    int64_t *ret_filled)
{
	struct gaps_filled filled;
	int result;

	*ret_filled = 0;
	if (ids->first_id > symbol->gaps.top)
		return 0;
	while ((result = gaps_fill_range(store->gaps, symbol->row.symbol_id, ids, page,
		    store->now_us, &symbol->gaps, &filled)) == 1) {
		*ret_filled += filled.ids;
		store->result->gaps_filled += filled.closed;
		result = note_neighbour(store, symbol, filled.was.from_us);
		if (result == 0)
			result = note_neighbour(store, symbol, filled.was.to_us);
		if (result < 0)
			return result;
	}
	return result;
}

int
store_judge_holes_beside(struct store *store, struct symbol *symbol, const struct gap *ids)
{
	int64_t most_us = store->imported_hole_us;
	int result;

	if (!store->importing || symbol->gaps.unfillable == 0)
		return 0;
	result = gaps_reopen(store->gaps, symbol->row.symbol_id, ids->first_id - 1, LEFT_BY_IMPORT,
	    most_us, &symbol->gaps);
	return result < 0 ? result : gaps_reopen(store->gaps, symbol->row.symbol_id,
	    ids->last_id + 1, LEFT_BY_IMPORT, most_us, &symbol->gaps);
}

/* ---- live ticks ---- */

int
store_make_room(struct store *store, size_t count)
{
	struct tick *fresh, *known;

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
	store->list_room = count;
	return 0;
}

void
store_note_time(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	struct symbol_row *row = &symbol->row;

	if (row->first_us == TICK_NONE || tick->time_us < row->first_us)
		row->first_us = tick->time_us;
	if (row->newest_us == TICK_NONE || tick->time_us > row->newest_us)
		row->newest_us = tick->time_us;
	if (tick->time_us > store->clock_us)
		store->clock_us = tick->time_us;
}

static struct gap
ids_of(const struct tick *tick)
{
	return (struct gap){tick->tick_id, tick->tick_id, tick->time_us, tick->time_us};
}

/* It is not stored any more: only its id counts. */
static int
note_old(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	const struct gap ids = ids_of(tick);
	int64_t filled;
	int result;

	store->result->too_old++;
	if (!(tick->flags & TICK_TRADE))
		return 0;
	result = store_note_ids(store, symbol, &ids, true);
	return result < 0 ? result : store_fill_ids(store, symbol, &ids, false, &filled);
}

static int
note_trade(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	struct symbol_row *row = &symbol->row;
	int result = 0;

	/* Nearly always it is simply the next one. */
	if (tick->tick_id == row->newest_id + 1 && row->newest_id != TICK_NONE) {
		row->newest_id++;
	} else {
		const struct gap ids = ids_of(tick);

		result = store_note_ids(store, symbol, &ids, false);
	}
	store_note_time(store, symbol, tick);
	return result;
}

int
store_note_arrivals(struct store *store, const struct tick *ticks, size_t count)
{
	int result = store_make_room(store, count);

	for (size_t i = 0; i < count && result == 0; i++) {
		const struct tick *tick = &ticks[i];
		struct symbol *symbol = &store->symbols[tick->symbol];
		struct tick_list *list;
		int64_t newest_id;
		bool trade;

		result = store_touch(store, symbol);
		if (result < 0)
			break;
		newest_id = symbol->row.newest_id;
		trade = (tick->flags & TICK_TRADE) != 0;
		list = trade && (newest_id == TICK_NONE || tick->tick_id > newest_id) ?
		    &store->fresh : &store->known;
		if (store_too_old(symbol, tick)) {
			result = note_old(store, symbol, tick);
			continue;
		}
		if (trade)
			result = note_trade(store, symbol, tick);
		list->ticks[list->count++] = *tick;
	}
	return result;
}
