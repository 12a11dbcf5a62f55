#include "tickd/store/store.h"

#include <assert.h>
#include <errno.h>

#include "tickd/store/store_candles.h"
#include "tickd/store/store_ids.h"
#include "tickd/store/store_symbols.h"
#include "tickd/store/store_transaction.h"

/* ---- ids ---- */

static bool
goes_up(const struct store *store, const struct tick *ticks, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct tick *a = &ticks[i - 1], *b = &ticks[i];

		if (store->ids != TICK_IDS_ORDINAL ? a->tick_id >= b->tick_id :
			a->time_us > b->time_us ||
			(a->time_us == b->time_us && a->tick_id >= b->tick_id))
			return false;
	}
	return true;
}

/* How many ticks from the first on have ids that follow each other, and are all too old or none. */
static size_t
run_length(const struct symbol *symbol, const struct tick *ticks, size_t count)
{
	bool old = store_too_old(symbol, &ticks[0]);
	size_t length = 1;

	while (length < count && ticks[length].tick_id == ticks[length - 1].tick_id + 1 &&
	    store_too_old(symbol, &ticks[length]) == old)
		length++;
	return length;
}

/* Each run of ids into the ledger: what it fills, and what it shows to be missing. */
static int
note_ids(struct store *store, struct symbol *symbol, const struct tick *ticks, size_t count)
{
	for (size_t i = 0, length; i < count; i += length) {
		struct gap ids;
		int64_t filled = 0;
		bool old = store_too_old(symbol, &ticks[i]);
		int result;

		length = run_length(symbol, ticks + i, count - i);
		ids = (struct gap){ticks[i].tick_id, ticks[i + length - 1].tick_id,
			ticks[i].time_us, ticks[i + length - 1].time_us};
		result = store_note_ids(store, symbol, &ids, old);
		if (result == 0)
			result = store_fill_ids(store, symbol, &ids, true, &filled);
		if (result == 0)
			result = store_judge_holes_beside(store, symbol, &ids);
		if (result < 0)
			return result;
		symbol->filled_now += filled;
		if (old)
			continue;
		store->result->late += filled;
		/* The next run's hole begins where this one ends. */
		store_note_time(store, symbol, &ticks[i]);
		store_note_time(store, symbol, &ticks[i + length - 1]);
	}
	return 0;
}

/* ---- rows ---- */

/* What is to be stored goes to store->known, alone, and moves the clocks on. */
static void
take(struct store *store, struct symbol *symbol, const struct tick *ticks, size_t count)
{
	struct tick_list *list = &store->known;

	list->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct tick *tick = &list->ticks[list->count];

		if (store_too_old(symbol, &ticks[i])) {
			store->result->too_old++;
			continue;
		}
		*tick = ticks[i];
		tick->symbol = (uint32_t)(symbol - store->symbols);
		store_note_time(store, symbol, tick);
		list->count++;
	}
}

static void
add_to_slot(const struct store *store, struct slot *slot, const struct tick *tick)
{
	if (store->ids == TICK_IDS_ORDINAL)
		candle_builder_add_bid(&slot->builder, tick);
	else
		candle_builder_add(&slot->builder, tick);
}

/* *ret_slot: the slot in memory, NULL where it is to be read when its ticks are in. */
static int
find_slot(struct store *store, struct symbol *symbol, int64_t slot_us, struct slot **ret_slot)
{
	int64_t newest_us = symbol->newest_before_us;

	*ret_slot = store_cached_slot(symbol, slot_us);
	if (*ret_slot != NULL || (newest_us != TICK_NONE && slot_us <= candle_slot(newest_us)))
		return 0;
	/* Nothing is stored of it yet: read now it costs nothing. */
	return store_load_slot(store, symbol, slot_us, ret_slot);
}

/* Ticks of one slot: where all are new, its candle need not be read back. */
static int
insert_slot(struct store *store, struct symbol *symbol, const struct tick *ticks, size_t count)
{
	struct slot *slot;
	int result = find_slot(store, symbol, candle_slot(ticks[0].time_us), &slot);
	int64_t stored;

	if (result < 0)
		return result;
	stored = tick_table_insert_all(store->ticks, store->symbol_ids, ticks, count);
	if (stored < 0)
		return (int)stored;
	store->result->stored += stored;
	store->result->duplicates += (int64_t)count - stored;
	if (stored == 0)
		return 0;
	symbol->row.ticks += stored;
	if (symbol->row.ticks_from_us == TICK_NONE || ticks[0].time_us < symbol->row.ticks_from_us)
		symbol->row.ticks_from_us = ticks[0].time_us;
	if (slot != NULL && stored == (int64_t)count) {
		for (size_t i = 0; i < count; i++)
			add_to_slot(store, slot, &ticks[i]);
		return 0;
	}
	if (slot != NULL)
		slot->builder.open_time_us = NO_SLOT;
	return 0;
}

static size_t
slot_length(const struct tick *ticks, size_t count)
{
	int64_t end_us = candle_slot(ticks[0].time_us) + CANDLE_M5_US;
	size_t length = 1;

	while (length < count && ticks[length].time_us < end_us)
		length++;
	return length;
}

/* Slot by slot: a candle is settled when the next slot's ticks begin. */
static int
insert_slots(struct store *store, struct symbol *symbol)
{
	size_t count = store->known.count;
	const struct tick *sorted = store->known.ticks; /* quotes are */
	int result = 0;

	if (count == 0)
		return 0;
	if (store->ids != TICK_IDS_ORDINAL)
		sorted = tick_order_sort(store->order, sorted, count, store->count);
	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0, length; i < count && result == 0; i += length) {
		int64_t stored = store->result->stored;

		length = slot_length(sorted + i, count - i);
		result = insert_slot(store, symbol, sorted + i, length);
		if (result == 0 && store->result->stored > stored)
			result = store_settle_slot(store, symbol, sorted[i].time_us);
	}
	return result;
}

/* ---- one page ---- */

/* Ticks of before the time from which all was known to be there. */
static void
reach_back(struct store *store, struct symbol *symbol)
{
	if (store->ids == TICK_IDS_ORDINAL && store->known.count > 0 &&
	    store->known.ticks[0].time_us < symbol->row.whole_from_us)
		symbol->row.whole_from_us = TICK_NONE;
}

static int
add_page(struct store *store, struct symbol *symbol, const struct tick *ticks, size_t count)
{
	int result = store_touch(store, symbol);

	if (result == 0)
		result = store_make_room(store, count);
	if (result == 0 && store->ids != TICK_IDS_ORDINAL)
		result = note_ids(store, symbol, ticks, count);
	if (result < 0)
		return result;
	symbol->followed = true;
	take(store, symbol, ticks, count);
	reach_back(store, symbol);
	result = insert_slots(store, symbol);
	return result < 0 ? result : store_settle_neighbours(store);
}

int
store_add_page(struct store *store, size_t symbol_number, const struct tick *ticks, size_t count,
    int64_t now_us, struct store_result *ret)
{
	int result;

	*ret = (struct store_result){0};
	if (!goes_up(store, ticks, count))
		return -EINVAL;
	result = store_begin(store, now_us, ret);
	if (result < 0)
		return result;
	store->importing = count > 0 && (ticks[0].flags & TICK_IMPORTED) != 0;
	return store_end(store, add_page(store, &store->symbols[symbol_number], ticks, count));
}

/* ---- live pages of quotes ---- */

/* The first slot's edge at or after that time. */
static int64_t
next_edge(int64_t time_us)
{
	return candle_slot(time_us) == time_us ? time_us : candle_slot(time_us) + CANDLE_M5_US;
}

static int
add_live_page(struct store *store, const struct store_page *page)
{
	struct symbol *symbol = &store->symbols[page->symbol];
	int result = store_touch(store, symbol);

	if (result == 0)
		result = store_make_room(store, page->count);
	if (result < 0)
		return result;
	symbol->followed = true;
	if (page->from_us != TICK_NONE)
		symbol->row.whole_from_us = next_edge(page->from_us);
	take(store, symbol, page->ticks, page->count);
	return insert_slots(store, symbol);
}

static int
add_live_pages(struct store *store, const struct store_page *pages, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add_live_page(store, &pages[i]);
	return result;
}

int
store_add_pages(struct store *store, const struct store_page *pages, size_t count,
    store_with *with, void *context, int64_t now_us, struct store_result *ret)
{
	int result;

	assert(store->ids == TICK_IDS_ORDINAL);
	*ret = (struct store_result){0};
	for (size_t i = 0; i < count; i++)
		if (!goes_up(store, pages[i].ticks, pages[i].count))
			return -EINVAL;
	result = store_begin(store, now_us, ret);
	if (result < 0)
		return result;
	result = add_live_pages(store, pages, count);
	if (result == 0)
		result = with(context);
	return store_end(store, result);
}
