#include "tickd/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "tickd/store/store_candles.h"
#include "tickd/store/store_ids.h"
#include "tickd/store/store_symbols.h"
#include "tickd/store/store_transaction.h"

/* ---- ticks, sorted by symbol, time and id ---- */

static void
count_stored(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	store->result->stored++;
	symbol->row.ticks++;
	if (symbol->row.ticks_from_us == TICK_NONE || tick->time_us < symbol->row.ticks_from_us)
		symbol->row.ticks_from_us = tick->time_us;
}

/* How many of the ticks are of the first one's symbol and slot. */
static size_t
group_length(const struct tick *ticks, size_t count)
{
	int64_t end_us = candle_slot(ticks[0].time_us) + CANDLE_M5_US;
	size_t length = 1;

	while (length < count && ticks[length].symbol == ticks[0].symbol &&
	    ticks[length].time_us < end_us)
		length++;
	return length;
}

/* Ticks of one slot that were just inserted: into its candle. */
static int
fold_group(struct store *store, const struct tick *ticks, size_t count)
{
	struct symbol *symbol = &store->symbols[ticks[0].symbol];
	int64_t slot_us = candle_slot(ticks[0].time_us);
	struct slot *slot = store_cached_slot(symbol, slot_us);

	for (size_t i = 0; i < count; i++)
		count_stored(store, symbol, &ticks[i]);
	/* What is read back now has these ticks in it. */
	if (slot == NULL)
		return store_settle_slot(store, symbol, slot_us);
	for (size_t i = 0; i < count; i++)
		candle_builder_add(&slot->builder, &ticks[i]);
	return store_write_slot(store, symbol, slot);
}

/* Fresh ticks: one statement for all of them. */
static int
insert_fresh(struct store *store)
{
	size_t count = store->fresh.count, length;
	const struct tick *sorted;
	int64_t stored;
	int result = 0;

	if (count == 0)
		return 0;
	sorted = tick_order_sort(store->order, store->fresh.ticks, count, store->count);
	if (sorted == NULL)
		return -ENOMEM;
	stored = tick_table_insert_all(store->ticks, store->symbol_ids, sorted, count);
	if (stored < 0)
		return (int)stored;
	if (stored != (int64_t)count) /* the ids in `symbols` are not those of the ticks */
		return -EUCLEAN;
	for (size_t i = 0; i < count && result == 0; i += length) {
		length = group_length(sorted + i, count - i);
		result = fold_group(store, sorted + i, length);
	}
	return result;
}

/* A tick that may be stored already: into its candle and out of the gap it was missing in. */
static int
insert_known_tick(struct store *store, const struct tick *tick)
{
	struct symbol *symbol = &store->symbols[tick->symbol];
	struct slot *slot = store_cached_slot(symbol, candle_slot(tick->time_us));
	int result = tick_table_insert(store->ticks, symbol->row.symbol_id, tick);
	struct gap ids;
	int64_t filled;

	if (result < 0)
		return result;
	if (result == 0) {
		store->result->duplicates++;
		return 0;
	}
	count_stored(store, symbol, tick);
	if (slot != NULL) /* else it is read back with this tick in it */
		candle_builder_add(&slot->builder, tick);
	if (!(tick->flags & TICK_TRADE))
		return 0;
	ids = (struct gap){tick->tick_id, tick->tick_id, tick->time_us, tick->time_us};
	result = store_fill_ids(store, symbol, &ids, false, &filled);
	store->result->late += filled;
	return result;
}

static int
settle_all(struct store *store, const struct tick *ticks, size_t count)
{
	int result = 0;

	for (size_t i = 0, length; i < count && result == 0; i += length) {
		length = group_length(ticks + i, count - i);
		result = store_settle_slot(store, &store->symbols[ticks[i].symbol],
		    ticks[i].time_us);
	}
	return result;
}

/* Candles are looked at when all is in, or a hole that is filled here would show in them. */
static int
insert_known(struct store *store)
{
	size_t count = store->known.count;
	const struct tick *sorted;
	int result = 0;

	if (count == 0)
		return 0;
	sorted = tick_order_sort(store->order, store->known.ticks, count, store->count);
	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count && result == 0; i++)
		result = insert_known_tick(store, &sorted[i]);
	if (result == 0)
		result = settle_all(store, sorted, count);
	return result;
}

/* ---- the transactions ---- */

static int
write_all(struct store *store, const struct tick *ticks, size_t count)
{
	int result = store_note_arrivals(store, ticks, count);

	if (result == 0)
		result = insert_fresh(store);
	if (result == 0)
		result = insert_known(store);
	return result < 0 ? result : store_settle_neighbours(store);
}

int
store_write(struct store *store, const struct tick *ticks, size_t count, int64_t now_us,
    struct store_result *ret)
{
	int result = store_begin(store, now_us, ret);

	return result < 0 ? result : store_end(store, write_all(store, ticks, count));
}

/* Consumers may have been there before: where history ends does not tell what came in between. */
static int
add_candles(struct store *store, struct symbol *symbol, const struct candle *candles, size_t count)
{
	int64_t from_us = INT64_MAX, to_us = INT64_MIN;

	for (size_t i = 0; i < count; i++) {
		int64_t open_us = candles[i].open_time_us;
		int added = candle_table_add(store->candles, symbol->row.symbol_id, &candles[i]);

		if (added < 0)
			return added;
		if (added == 0)
			continue;
		symbol->row.candles++;
		from_us = open_us < from_us ? open_us : from_us;
		to_us = open_us + CANDLE_M5_US > to_us ? open_us + CANDLE_M5_US : to_us;
	}
	return from_us > to_us ? 0 :
	    candle_table_tell_change(store->candles, symbol->row.symbol_id, from_us, to_us,
		store->now_us, &store->result->change_seq);
}

int
store_add_history(struct store *store, size_t symbol_number, const struct candle *candles,
    size_t count, int64_t until_us, int64_t now_us)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	struct store_result unused;
	int result = store_begin(store, now_us, &unused);

	if (result < 0)
		return result;
	result = store_touch(store, symbol);
	if (result == 0)
		result = add_candles(store, symbol, candles, count);
	if (count > 0) /* slots in memory may have got a row */
		store_forget_slots(symbol, INT64_MAX);
	symbol->row.history_until_us = until_us;
	return store_end(store, result);
}

/* ---- the whole ---- */

/* What is stored of a symbol must have ids of the same kind; where nothing is, they are set. */
static int
agree_on_ids(struct store *store, struct symbol *symbol, const char *name, struct problem *problem)
{
	static const char *const words[] = {
		[TICK_IDS_TRADE] = "trades",
		[TICK_IDS_AGGREGATE] = "aggregates",
		[TICK_IDS_ORDINAL] = "quotes",
	};
	struct symbol_row *row = &symbol->row;
	int result;

	if (row->ids == store->ids)
		return 0;
	if (row->ticks > 0 || row->newest_us != TICK_NONE)
		return problem_set(problem, -EPROTO,
		    "%s of %s has ticks of %s: ticks of %s cannot be mixed in; choose another "
		    "binance.source", name, store->source, words[row->ids], words[store->ids]);
	result = tick_table_set_ids(store->ticks, row->symbol_id, store->ids);
	if (result < 0)
		return problem_set(problem, result, "the symbols cannot be written: %s",
		    database_error(store->db));
	row->ids = store->ids;
	return 0;
}

static int
create_parts(struct store *store)
{
	int result;

	store->order = tick_order_create();
	store->symbol_ids = calloc(store->count + 1, sizeof(store->symbol_ids[0]));
	store->touched = calloc(store->count + 1, sizeof(void *));
	if (store->order == NULL || store->symbol_ids == NULL || store->touched == NULL)
		return -ENOMEM;
	result = tick_table_create(&store->ticks, store->db);
	if (result == 0)
		result = candle_table_create(&store->candles, store->db);
	if (result == 0)
		result = gaps_create(&store->gaps, store->db);
	return result < 0 ? result : store_reload(store);
}

int
store_create(struct store **ret, struct database *db, const char *source,
    const struct string_list *symbols, enum tick_ids ids, struct problem *problem)
{
	struct store *store =
	    calloc(1, sizeof(*store) + symbols->count * sizeof(store->symbols[0]));
	int result;

	if (store == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	store->db = db;
	store->source = source;
	store->names = symbols;
	store->count = symbols->count;
	store->ids = ids;
	store->imported_hole_us = INT64_MAX;
	result = create_parts(store);
	if (result < 0)
		problem_set(problem, result, "the tick tables cannot be used: %s",
		    database_error(db));
	for (size_t i = 0; i < store->count && result == 0; i++)
		result = agree_on_ids(store, &store->symbols[i], symbols->items[i], problem);
	if (result < 0) {
		store_free(store);
		return result;
	}
	*ret = store;
	return 0;
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	gaps_free(store->gaps);
	candle_table_free(store->candles);
	tick_table_free(store->ticks);
	tick_order_free(store->order);
	free(store->fresh.ticks);
	free(store->known.ticks);
	free(store->beside.items);
	free(store->symbol_ids);
	free(store->touched);
	free(store);
}

void
store_leave_imported_holes(struct store *store, int64_t longer_us)
{
	store->imported_hole_us = longer_us;
}

void
store_symbol(const struct store *store, size_t symbol_number, struct store_symbol *ret)
{
	const struct symbol *symbol = &store->symbols[symbol_number];

	assert(symbol_number < store->count);
	*ret = (struct store_symbol){
		.symbol_id = symbol->row.symbol_id,
		.ticks = symbol->row.ticks,
		.candles = symbol->row.candles,
		.newest_id = symbol->row.newest_id,
		.newest_us = symbol->row.newest_us,
		.first_us = symbol->row.ticks_from_us,
		.history_until_us = symbol->row.history_until_us,
		.gaps = symbol->gaps.due_count,
		.missing = symbol->gaps.due_ids,
		.backfilled = symbol->backfilled,
		.due = symbol->gaps.due,
		.first_id = symbol->row.first_id,
		.whole_from_us = symbol->row.whole_from_us,
		.frozen_us = symbol->row.frozen_us,
	};
	/*
	 * Candles of deleted ticks stay, and where a quiet market leaves none after the edge there
	 * is nothing to ask for: to the history, ticks begin there and all before is known.
	 */
	if (ret->first_us != TICK_NONE && ret->frozen_us != TICK_NONE)
		ret->first_us = ret->frozen_us;
	if (ret->history_until_us != TICK_NONE && ret->frozen_us > ret->history_until_us)
		ret->history_until_us = ret->frozen_us;
}

size_t
store_count(const struct store *store)
{
	return store->count;
}

int64_t
store_clock(const struct store *store)
{
	return store->clock_us == TICK_NONE ? 0 : store->clock_us;
}
