#include "tickd/store/store.h"

#include <errno.h>

#include "tickd/store/store_candles.h"
#include "tickd/store/store_symbols.h"
#include "tickd/store/store_transaction.h"

int
store_give_up(struct store *store, size_t symbol_number, int64_t first_id, int64_t last_id,
    const char *reason, int64_t now_us)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	struct store_result unused;
	int result = store_begin(store, now_us, &unused);

	if (result < 0)
		return result;
	result = store_touch(store, symbol);
	if (result == 0)
		result = gaps_give_up(store->gaps, symbol->row.symbol_id, first_id, last_id, reason,
		    now_us, &symbol->gaps);
	return store_end(store, result);
}

/* What the exchange says must fit what is stored. */
static bool
may_begin_at(const struct store *store, const struct symbol *symbol, int64_t slot_us,
    int64_t first_id)
{
	const struct symbol_row *row = &symbol->row;

	if (slot_us != candle_slot(slot_us) || row->ticks_from_us == TICK_NONE ||
	    (row->frozen_us != TICK_NONE && slot_us < row->frozen_us))
		return false;
	if (store->ids == TICK_IDS_ORDINAL)
		return slot_us <= row->ticks_from_us;
	return row->first_us != TICK_NONE && slot_us <= row->first_us && first_id <= row->first_id;
}

static int
begin_at(struct store *store, struct symbol *symbol, int64_t slot_us, int64_t first_id)
{
	struct symbol_row *row = &symbol->row;
	int64_t first_us = store->ids == TICK_IDS_ORDINAL ? row->ticks_from_us : row->first_us;
	int result = 0;

	row->whole_from_us = slot_us;
	if (store->ids != TICK_IDS_ORDINAL && first_id < row->first_id) {
		result = gaps_open(store->gaps, row->symbol_id,
		    &(struct gap){first_id, row->first_id - 1, slot_us, row->first_us},
		    NULL, store->now_us, &symbol->gaps);
		row->first_id = first_id;
	}
	return result < 0 ? result : store_settle_slot(store, symbol, first_us);
}

int
store_begin_at(struct store *store, size_t symbol_number, int64_t slot_us, int64_t first_id,
    int64_t now_us)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	struct store_result unused;
	int result = store_begin(store, now_us, &unused);

	if (result < 0)
		return result;
	result = store_touch(store, symbol);
	if (result < 0)
		return store_end(store, result);
	/* Known already, and from an earlier slot on. */
	if (symbol->row.whole_from_us != TICK_NONE && symbol->row.whole_from_us <= slot_us)
		return store_end(store, 0);
	if (!may_begin_at(store, symbol, slot_us, first_id))
		return store_end(store, -EINVAL);
	return store_end(store, begin_at(store, symbol, slot_us, first_id));
}
