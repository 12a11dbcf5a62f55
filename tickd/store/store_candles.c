#include "tickd/store/store_candles.h"

#include <assert.h>

#include "tickd/store/store_symbols.h"

/* ---- what is over ---- */

static bool
is_over(int64_t slot_us, int64_t newest_us, int64_t clock_us)
{
	return (newest_us != TICK_NONE && candle_slot(newest_us) > slot_us) ||
	    clock_us >= slot_us + CANDLE_M5_US + SLOT_GRACE_US;
}

bool
store_slot_over(const struct store *store, const struct symbol *symbol, int64_t slot_us)
{
	return is_over(slot_us, symbol->row.newest_us, store->clock_us);
}

bool
store_slot_was_over(const struct store *store, const struct symbol *symbol, int64_t slot_us)
{
	return is_over(slot_us, symbol->newest_before_us, store->clock_before_us);
}

/* ---- slots ---- */

struct slot *
store_cached_slot(struct symbol *symbol, int64_t slot_us)
{
	for (int i = 0; i < SLOTS_CACHED; i++)
		if (symbol->slots[i].builder.open_time_us == slot_us)
			return &symbol->slots[i];
	return NULL;
}

int
store_load_slot(struct store *store, struct symbol *symbol, int64_t slot_us, struct slot **ret)
{
	struct slot *oldest = &symbol->slots[0];
	int result;

	*ret = store_cached_slot(symbol, slot_us);
	if (*ret != NULL)
		return 0;
	for (int i = 1; i < SLOTS_CACHED; i++)
		if (symbol->slots[i].builder.open_time_us < oldest->builder.open_time_us)
			oldest = &symbol->slots[i];
	oldest->builder.open_time_us = NO_SLOT; /* stays so if reading fails */
	result = candle_table_read(store->candles, symbol->row.symbol_id, slot_us, &oldest->stored);
	if (result < 0)
		return result;
	oldest->has_row = result == 1;
	candle_builder_start(&oldest->builder, slot_us);
	result = tick_table_fold(store->ticks, symbol->row.symbol_id, store->ids, &oldest->builder);
	if (result < 0) {
		oldest->builder.open_time_us = NO_SLOT;
		return result;
	}
	*ret = oldest;
	return 0;
}

/* Nothing is missing before the first id since the slot began. */
static bool
whole_since(const struct symbol *symbol, int64_t slot_us)
{
	return symbol->row.whole_from_us != TICK_NONE && symbol->row.whole_from_us <= slot_us;
}

static bool
is_joined(const struct symbol *symbol, const struct candle_builder *builder)
{
	return builder->first_tick_id > symbol->row.first_id ||
	    (builder->first_tick_id == symbol->row.first_id &&
		whole_since(symbol, builder->open_time_us));
}

/*
 * Quotes have no ids that could be missing.  Where nobody said from when on they are whole, they are
 * from the first one on, or the one before an import; where somebody did, nobody tells either that
 * they are whole up to now but the symbol itself, by going on.  What was complete once stays so.
 */
static bool
quotes_are_whole(const struct symbol *symbol, const struct slot *slot)
{
	int64_t slot_us = slot->builder.open_time_us;

	if (symbol->row.whole_from_us == TICK_NONE)
		return slot_us > candle_slot(symbol->row.ticks_from_us);
	if (slot->has_row && slot->stored.origin == CANDLE_TICKS && slot->stored.complete)
		return true;
	return whole_since(symbol, slot_us) &&
	    (symbol->followed || candle_slot(symbol->row.newest_us) > slot_us);
}

/* 1 when the slot is over, joined to the ids before it and without a hole in it or behind it. */
static int
is_complete(struct store *store, const struct symbol *symbol, const struct slot *slot)
{
	const struct candle_builder *builder = &slot->builder;
	int missing;

	if (!store_slot_over(store, symbol, builder->open_time_us))
		return 0;
	if (store->ids == TICK_IDS_ORDINAL)
		return quotes_are_whole(symbol, slot);
	if (!is_joined(symbol, builder) || !candle_builder_contiguous(builder))
		return 0;
	if (builder->first_tick_id - 1 > symbol->gaps.top)
		return 1;
	missing = gaps_touch(store->gaps, symbol->row.symbol_id, builder->first_tick_id - 1,
	    builder->last_tick_id + 1);
	return missing < 0 ? missing : !missing;
}

/* Numbers the revision of a candle that consumers may have seen closed, and tells them. */
static int
revise(struct store *store, struct symbol *symbol, const struct slot *slot, struct candle *candle)
{
	int64_t slot_us = candle->open_time_us;

	candle->revision = slot->has_row ? slot->stored.revision : 0;
	if (!store_slot_was_over(store, symbol, slot_us))
		return 0;
	if (slot->has_row)
		candle->revision++;
	return candle_table_tell_change(store->candles, symbol->row.symbol_id, slot_us,
	    slot_us + CANDLE_M5_US, store->now_us, &store->result->change_seq);
}

/* Trades are only ever added, and what is added to a slot of quotes is a bid or a volume. */
static bool
is_stored(const struct slot *slot, const struct candle *candle)
{
	const struct candle *stored = &slot->stored;

	return stored->origin == CANDLE_TICKS && stored->trades == candle->trades &&
	    stored->volume == candle->volume && stored->complete == candle->complete;
}

int
store_write_slot(struct store *store, struct symbol *symbol, struct slot *slot)
{
	const struct candle_builder *builder = &slot->builder;
	struct candle candle;
	int complete, result;

	assert(symbol->touched);
	if (builder->ids == 0)
		return 0;
	complete = is_complete(store, symbol, slot);
	if (complete < 0)
		return complete;
	/* The exchange's own candle is better than ours with holes. */
	if (slot->has_row && slot->stored.origin != CANDLE_TICKS && !complete)
		return 0;
	candle_builder_candle(builder, &candle);
	candle.complete = complete == 1;
	if (slot->has_row && is_stored(slot, &candle))
		return 0;
	result = revise(store, symbol, slot, &candle);
	if (result == 0)
		result = candle_table_write(store->candles, symbol->row.symbol_id, &candle);
	if (result < 0)
		return result;
	symbol->row.candles += !slot->has_row;
	slot->stored = candle;
	slot->has_row = true;
	return 0;
}

int
store_settle_slot(struct store *store, struct symbol *symbol, int64_t time_us)
{
	int64_t slot_us = candle_slot(time_us);
	struct slot *slot;
	int result;

	/* Its ticks are gone: the candle stays as it is. */
	if (symbol->row.frozen_us != TICK_NONE && slot_us < symbol->row.frozen_us)
		return 0;
	result = store_touch(store, symbol);
	if (result < 0)
		return result;
	result = store_load_slot(store, symbol, slot_us, &slot);
	return result < 0 ? result : store_write_slot(store, symbol, slot);
}

int
store_settle_neighbours(struct store *store)
{
	int result = 0;

	for (size_t i = 0; i < store->beside.count && result == 0; i++)
		result = store_settle_slot(store, store->beside.items[i].symbol,
		    store->beside.items[i].slot_us);
	return result;
}
