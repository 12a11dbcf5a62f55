#include "tickd/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "tickd/store_candles.h"
#include "tickd/store_ids.h"
#include "tickd/store_state.h"

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

	if (result < 0)
		return result;
	if (result == 0) {
		store->result->duplicates++;
		return 0;
	}
	count_stored(store, symbol, tick);
	if (slot != NULL) /* else it is read back with this tick in it */
		candle_builder_add(&slot->builder, tick);
	if (!(tick->flags & TICK_TRADE) || tick->tick_id > symbol->gap_top)
		return 0;
	return store_fill_gap(store, symbol, tick);
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
	for (size_t i = 0; i < store->beside.count && result == 0; i++)
		result = store_settle_slot(store, &store->symbols[store->beside.ticks[i].symbol],
		    store->beside.ticks[i].time_us);
	return result;
}

/* The slot that was open when the batch began may be over now, or have got a hole behind it. */
static int
settle_open_slots(struct store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		struct symbol *symbol = &store->symbols[i];
		int64_t newest_us = symbol->newest_before_us;
		int result;

		if (newest_us == TICK_NONE)
			continue;
		/* What was the first id may have got the one before it. */
		if (symbol->row.first_id != symbol->first_id_before) {
			result = store_settle_slot(store, symbol, symbol->first_before_us);
			if (result < 0)
				return result;
		}
		if (!symbol->touched && store_slot_over(store, symbol, candle_slot(newest_us)) ==
		    store_slot_was_over(store, symbol, candle_slot(newest_us)))
			continue;
		result = store_settle_slot(store, symbol, newest_us);
		if (result < 0)
			return result;
	}
	return 0;
}

static int
save_symbols(struct store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		int result;

		if (!store->symbols[i].touched)
			continue;
		result = tick_table_save_symbol(store->ticks, &store->symbols[i].row);
		if (result < 0)
			return result;
	}
	return 0;
}

/* ---- the transaction ---- */

/* Everything in memory anew from the database. */
static int
reload(struct store *store)
{
	int result = tick_table_source_clock(store->ticks, store->source, &store->clock_us);

	for (size_t i = 0; i < store->count && result == 0; i++) {
		struct symbol *symbol = &store->symbols[i];

		store_forget_slots(symbol);
		symbol->touched = false;
		result = tick_table_symbol(store->ticks, store->source, store->names->items[i],
		    &symbol->row);
		if (result == 0)
			result = gaps_summary(store->gaps, symbol->row.symbol_id,
			    &symbol->gap_count, &symbol->gap_top);
		store->symbol_ids[i] = symbol->row.symbol_id;
	}
	return result;
}

static void
undo(struct store *store)
{
	if (!sqlite3_get_autocommit(database_handle(store->db)))
		(void)!database_execute(store->db, "ROLLBACK");
	/* Where even reading fails, the next batch begins with it again. */
	if (reload(store) < 0)
		store->clock_us = TICK_NONE;
}

static int
write_all(struct store *store, const struct tick *ticks, size_t count)
{
	int result = store_note_arrivals(store, ticks, count);

	if (result == 0)
		result = insert_fresh(store);
	if (result == 0)
		result = insert_known(store);
	if (result == 0)
		result = settle_open_slots(store);
	if (result == 0)
		result = save_symbols(store);
	return result;
}

static void
begin_batch(struct store *store)
{
	store->clock_before_us = store->clock_us;
	for (size_t i = 0; i < store->count; i++) {
		struct symbol *symbol = &store->symbols[i];

		symbol->newest_before_us = symbol->row.newest_us;
		symbol->first_id_before = symbol->row.first_id;
		symbol->first_before_us = symbol->row.first_us;
		symbol->touched = false;
	}
}

int
store_write(struct store *store, const struct tick *ticks, size_t count, int64_t now_us,
    struct store_result *ret)
{
	int result = 0;

	*ret = (struct store_result){0};
	store->result = ret;
	store->now_us = now_us;
	if (store->clock_us == TICK_NONE)
		result = reload(store);
	if (result == 0)
		result = database_execute(store->db, "BEGIN IMMEDIATE");
	if (result < 0)
		return result;
	begin_batch(store);
	result = write_all(store, ticks, count);
	if (result == 0)
		result = database_execute(store->db, "COMMIT");
	if (result < 0)
		undo(store);
	return result;
}

int
store_add_history(struct store *store, size_t symbol_number, const struct candle *candles,
    size_t count, int64_t until_us)
{
	struct symbol *symbol = &store->symbols[symbol_number];
	int result = store->clock_us == TICK_NONE ? reload(store) : 0;

	if (result == 0)
		result = database_execute(store->db, "BEGIN IMMEDIATE");
	if (result < 0)
		return result;
	for (size_t i = 0; i < count && result >= 0; i++) {
		result = candle_table_add(store->candles, symbol->row.symbol_id, &candles[i]);
		if (result > 0)
			symbol->row.candles++;
	}
	symbol->row.history_until_us = until_us;
	if (result >= 0)
		result = tick_table_save_symbol(store->ticks, &symbol->row);
	if (result >= 0)
		result = database_execute(store->db, "COMMIT");
	if (result < 0)
		undo(store);
	return result;
}

/* ---- the whole ---- */

int
store_create(struct store **ret, struct database *db, const char *source,
    const struct string_list *symbols, struct problem *problem)
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
	store->order = tick_order_create();
	store->symbol_ids = calloc(symbols->count + 1, sizeof(store->symbol_ids[0]));
	result = store->order == NULL || store->symbol_ids == NULL ?
	    -ENOMEM : tick_table_create(&store->ticks, db);
	if (result == 0)
		result = candle_table_create(&store->candles, db);
	if (result == 0)
		result = gaps_create(&store->gaps, db);
	if (result == 0)
		result = reload(store);
	if (result < 0) {
		problem_set(problem, result, "the tick tables cannot be used: %s",
		    database_error(db));
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
	free(store->beside.ticks);
	free(store->symbol_ids);
	free(store);
}

void
store_symbol(const struct store *store, size_t symbol_number, struct store_symbol *ret)
{
	const struct symbol *symbol = &store->symbols[symbol_number];

	assert(symbol_number < store->count);
	*ret = (struct store_symbol){
		.ticks = symbol->row.ticks,
		.candles = symbol->row.candles,
		.newest_id = symbol->row.newest_id,
		.newest_us = symbol->row.newest_us,
		.first_us = symbol->row.ticks_from_us,
		.history_until_us = symbol->row.history_until_us,
		.gaps = symbol->gap_count,
	};
}
