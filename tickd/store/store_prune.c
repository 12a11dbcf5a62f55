#include "tickd/store/store_prune.h"

#include "tickd/store/store_candles.h"
#include "tickd/store/store_symbols.h"
#include "tickd/store/store_transaction.h"

/* ---- the edge ---- */

/*
 * The first id from the edge on.  Where ids are missing right before it, some of them may be of
 * after the edge: what is accounted for begins with them.
 */
static int
find_first_id(struct store *store, struct symbol *symbol, int64_t edge_us)
{
	struct symbol_row *row = &symbol->row;
	struct gap gap;
	int result = tick_table_first(store->ticks, row->symbol_id, edge_us, true, &row->first_us,
	    &row->first_id);

	if (result < 0)
		return result;
	if (result == 0) { /* nothing is left: the next id is the one to come */
		row->first_us = TICK_NONE;
		row->first_id = row->newest_id + 1;
	}
	result = gaps_find(store->gaps, row->symbol_id, row->first_id - 1, &gap);
	if (result == 1 && gap.to_us >= edge_us)
		row->first_id = gap.first_id;
	return result < 0 ? result : 0;
}

static int
freeze(struct store *store, struct symbol *symbol, int64_t edge_us)
{
	struct symbol_row *row = &symbol->row;
	int64_t tick_id;
	int result = store_touch(store, symbol);

	if (result == 0)
		result = tick_table_first(store->ticks, row->symbol_id, edge_us, false,
		    &row->ticks_from_us, &tick_id);
	if (result == 0)
		row->ticks_from_us = TICK_NONE;
	if (result >= 0 && store->ids != TICK_IDS_ORDINAL && row->newest_id != TICK_NONE)
		result = find_first_id(store, symbol, edge_us);
	row->frozen_us = edge_us;
	/* Of quotes nobody else knows of the holes that were before a later one. */
	if (store->ids != TICK_IDS_ORDINAL || row->whole_from_us < edge_us)
		row->whole_from_us = edge_us;
	store_forget_slots(symbol, edge_us);
	if (result >= 0)
		result = gaps_give_up_before(store->gaps, row->symbol_id, edge_us,
		    "older than retention.ticks", store->now_us, &symbol->gaps);
	return result < 0 ? result : 0;
}

int
store_freeze(struct store *store, size_t symbol_number, int64_t edge_us, int64_t now_us)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	const struct symbol_row *row = &symbol->row;
	struct store_result unused;
	int result;

	if (row->ticks_from_us == TICK_NONE || row->ticks_from_us >= edge_us)
		return 0;
	result = store_begin(store, now_us, &unused);
	if (result == 0)
		result = store_end(store, freeze(store, symbol, edge_us));
	return result < 0 ? result : 1;
}

/* ---- slices ---- */

static int
delete_ticks(struct store *store, struct symbol *symbol, int limit)
{
	int deleted = tick_table_delete_before(store->ticks, symbol->row.symbol_id,
	    symbol->row.frozen_us, limit);

	int result = store_touch(store, symbol);

	if (deleted > 0)
		symbol->row.ticks -= deleted;
	return result < 0 ? result : deleted;
}

/* The end of a slice of `deleted` rows, or of one that failed. */
static int
end_slice(struct store *store, int deleted)
{
	int result = store_end(store, deleted < 0 ? deleted : 0);

	return result < 0 ? result : deleted;
}

int
store_delete_ticks(struct store *store, size_t symbol_number, int limit)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	struct store_result unused;
	int64_t time_us, tick_id;
	int result;

	if (symbol->row.frozen_us == TICK_NONE)
		return 0;
	result = tick_table_first(store->ticks, symbol->row.symbol_id, INT64_MIN, false, &time_us,
	    &tick_id);
	if (result <= 0 || time_us >= symbol->row.frozen_us)
		return result < 0 ? result : 0;
	result = store_begin(store, 0, &unused);
	return result < 0 ? result : end_slice(store, delete_ticks(store, symbol, limit));
}

static int
delete_candles(struct store *store, struct symbol *symbol, int64_t before_us, int limit)
{
	int deleted = candle_table_delete_before(store->candles, symbol->row.symbol_id, before_us,
	    limit);

	int result = deleted > 0 ? store_touch(store, symbol) : 0;

	if (deleted > 0) {
		symbol->row.candles -= deleted;
		store_forget_slots(symbol, before_us);
	}
	return result < 0 ? result : deleted;
}

int
store_delete_candles(struct store *store, size_t symbol_number, int64_t before_us, int limit)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	const struct symbol_row *row = &symbol->row;
	struct store_result unused;
	int result;

	if (row->ticks_from_us != TICK_NONE && before_us > candle_slot(row->ticks_from_us))
		before_us = candle_slot(row->ticks_from_us);
	if (row->candles == 0)
		return 0;
	result = store_begin(store, 0, &unused);
	return result < 0 ? result :
	    end_slice(store, delete_candles(store, symbol, before_us, limit));
}

static int
delete_gaps(struct store *store, struct symbol *symbol, int64_t closed_us, int limit)
{
	int deleted = gaps_delete_filled(store->gaps, closed_us, limit), result;

	if (deleted != 0 || symbol->row.frozen_us == TICK_NONE || symbol->gaps.unfillable == 0)
		return deleted;
	result = store_touch(store, symbol);
	return result < 0 ? result : gaps_delete_unfillable(store->gaps, symbol->row.symbol_id, closed_us,
	    symbol->row.frozen_us, limit, &symbol->gaps);
}

int
store_delete_gaps(struct store *store, size_t symbol_number, int64_t closed_us, int limit)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	struct store_result unused;
	int result = store_begin(store, 0, &unused);

	return result < 0 ? result : end_slice(store, delete_gaps(store, symbol, closed_us, limit));
}

int
store_delete_changes(struct store *store, int64_t told_us, int limit)
{
	struct store_result unused;
	int result = store_begin(store, 0, &unused);

	return result < 0 ? result :
	    end_slice(store, candle_table_delete_changes(store->candles, told_us, limit));
}
