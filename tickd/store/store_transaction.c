#include "tickd/store/store_transaction.h"

#include "tickd/store/store_candles.h"
#include "tickd/store/store_ids.h"
#include "tickd/store/store_symbols.h"

int
store_reload(struct store *store)
{
	int result = tick_table_source_clock(store->ticks, store->source, &store->clock_us);

	for (size_t i = 0; i < store->touched_count; i++) {
		store->touched[i]->touched = false;
		store->touched[i]->filled_now = 0;
	}
	store->touched_count = 0;
	for (size_t i = 0; i < store->count && result == 0; i++)
		result = store_read_symbol(store, &store->symbols[i]);
	if (result == 0)
		store_settle_symbols(store);
	return result;
}

static void
undo(struct store *store)
{
	if (!sqlite3_get_autocommit(database_handle(store->db)))
		(void)!database_execute(store->db, "ROLLBACK");
	/* Where even reading fails, the next batch begins with it again. */
	if (store_reload(store) < 0)
		store->clock_us = TICK_NONE;
}

int
store_begin(struct store *store, int64_t now_us, struct store_result *ret)
{
	int result = store->clock_us == TICK_NONE ? store_reload(store) : 0;

	*ret = (struct store_result){0};
	if (result < 0) {
		store->clock_us = TICK_NONE;
		return result;
	}
	result = database_execute(store->db, "BEGIN IMMEDIATE");
	if (result < 0)
		return result;
	store->result = ret;
	store->now_us = now_us;
	store->importing = false;
	store->clock_before_us = store->clock_us;
	store->fresh.count = store->known.count = store->beside.count = 0;
	result = store_look_for_others(store);
	if (result < 0)
		undo(store);
	return result;
}

/* What was the first slot may have got what was before it. */
static int
settle_first_slot(struct store *store, struct symbol *symbol)
{
	int64_t first_us = symbol->first_before_us;

	if (store->ids == TICK_IDS_ORDINAL) {
		first_us = symbol->ticks_from_before_us;
		if (first_us == symbol->row.ticks_from_us)
			return 0;
	} else if (symbol->first_id_before == symbol->row.first_id) {
		return 0;
	}
	return first_us == TICK_NONE ? 0 : store_settle_slot(store, symbol, first_us);
}

/* The slot that was open when the batch began may be over now, or have got a hole behind it. */
static int
settle_open_slot(struct store *store, struct symbol *symbol)
{
	int64_t newest_us = symbol->newest_before_us;
	int result;

	if (newest_us == TICK_NONE)
		return 0;
	result = settle_first_slot(store, symbol);
	if (result < 0)
		return result;
	if (!symbol->touched && store_slot_over(store, symbol, candle_slot(newest_us)) ==
	    store_slot_was_over(store, symbol, candle_slot(newest_us)))
		return 0;
	return store_settle_slot(store, symbol, newest_us);
}

/* The clock went over the end of a slot: then those of all symbols are looked at. */
static bool
clock_closes_slots(const struct store *store)
{
	return candle_slot(store->clock_us - SLOT_GRACE_US) !=
	    candle_slot(store->clock_before_us - SLOT_GRACE_US);
}

static int
settle_open_slots(struct store *store)
{
	int result = 0;

	for (size_t i = 0; i < store->touched_count && result == 0; i++)
		result = settle_open_slot(store, store->touched[i]);
	if (!clock_closes_slots(store))
		return result;
	for (size_t i = 0; i < store->count && result == 0; i++)
		if (!store->symbols[i].touched)
			result = settle_open_slot(store, &store->symbols[i]);
	return result;
}

static int
save_symbol(struct store *store, struct symbol *symbol)
{
	int result = gaps_refresh(store->gaps, symbol->row.symbol_id, &symbol->gaps);

	return result < 0 ? result : tick_table_save_symbol(store->ticks, &symbol->row);
}

int
store_end(struct store *store, int result)
{
	if (result == 0)
		result = settle_open_slots(store);
	for (size_t i = 0; i < store->touched_count && result == 0; i++)
		result = save_symbol(store, store->touched[i]);
	if (result == 0 && store->touched_count > 0)
		result = tick_table_count_save(store->ticks, store->source);
	if (result == 0)
		result = database_execute(store->db, "COMMIT");
	if (result < 0) {
		undo(store);
		return result;
	}
	store->saves += store->touched_count > 0;
	store_settle_symbols(store);
	return 0;
}
