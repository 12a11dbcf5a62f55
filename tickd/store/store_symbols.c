#include "tickd/store/store_symbols.h"

void
store_forget_slots(struct symbol *symbol, int64_t before_us)
{
	for (int i = 0; i < SLOTS_CACHED; i++)
		if (symbol->slots[i].builder.open_time_us < before_us)
			symbol->slots[i].builder.open_time_us = NO_SLOT;
}

static void
remember(struct symbol *symbol)
{
	symbol->newest_before_us = symbol->row.newest_us;
	symbol->first_id_before = symbol->row.first_id;
	symbol->first_before_us = symbol->row.first_us;
	symbol->ticks_from_before_us = symbol->row.ticks_from_us;
}

int
store_read_symbol(struct store *store, struct symbol *symbol)
{
	size_t number = (size_t)(symbol - store->symbols);
	int result = tick_table_symbol(store->ticks, store->source, store->names->items[number],
	    &symbol->row);

	store_forget_slots(symbol, INT64_MAX);
	if (result == 0)
		result = gaps_read_totals(store->gaps, symbol->row.symbol_id, &symbol->gaps);
	if (result < 0)
		return result;
	store->symbol_ids[number] = symbol->row.symbol_id;
	symbol->read_in = store->round;
	remember(symbol);
	return 0;
}

int
store_touch(struct store *store, struct symbol *symbol)
{
	int result = 0;

	if (symbol->touched)
		return 0;
	if (symbol->read_in != store->round)
		result = store_read_symbol(store, symbol);
	if (result < 0)
		return result;
	if (symbol->row.newest_us > store->clock_us) /* TICK_NONE is less than any */
		store->clock_us = symbol->row.newest_us;
	symbol->touched = true;
	store->touched[store->touched_count++] = symbol;
	return 0;
}

int
store_look_for_others(struct store *store)
{
	int64_t saves;
	int result;

	if (sqlite3_total_changes64(database_handle(store->db)) == store->written)
		return 0;
	result = tick_table_saves(store->ticks, store->source, &saves);
	if (result == 0 && saves != store->saves) {
		store->saves = saves;
		store->round++;
	}
	return result;
}

void
store_settle_symbols(struct store *store)
{
	for (size_t i = 0; i < store->touched_count; i++) {
		struct symbol *symbol = store->touched[i];

		symbol->backfilled += symbol->filled_now;
		symbol->filled_now = 0;
		symbol->read_in = store->round;
		symbol->touched = false;
		remember(symbol);
	}
	store->touched_count = 0;
	store->written = sqlite3_total_changes64(database_handle(store->db));
}
