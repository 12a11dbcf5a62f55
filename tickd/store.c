#include "tickd/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle_builder.h"
#include "tickd/candle_table.h"
#include "tickd/tick_order.h"
#include "tickd/tick_table.h"

#define SLOT_GRACE_US INT64_C(1000000) /* a slot is over so long after its end, on the source clock */
#define SLOTS_CACHED 2		       /* a symbol: the open one and the one before */
#define NO_SLOT INT64_MIN

/* One slot of one symbol in memory, always equal to what is stored. */
struct slot {
	struct candle_builder builder; /* open_time_us is NO_SLOT where nothing is loaded */
	struct candle stored;	       /* the row as it is */
	bool has_row;
};

struct symbol {
	struct symbol_row row;
	int64_t gap_count, gap_top;  /* gaps not filled, and the largest id in them */
	int64_t newest_before_us;    /* row.newest_us when the batch began */
	struct slot slots[SLOTS_CACHED];
	bool touched;
};

struct store {
	struct database *db;
	struct tick_table *ticks;
	struct candle_table *candles;
	struct gaps *gaps;
	struct tick_order *order;
	const char *source;
	const struct string_list *names;
	int64_t clock_us, clock_before_us; /* the source's: newest trade of any symbol */
	struct store_result *result;	   /* of the batch under way */
	int64_t now_us;
	size_t count;
	struct symbol symbols[];
};

/* ---- what is over ---- */

/* A slot is over when the symbol traded in a later one, or the source's clock has passed it. */
static bool
is_over(int64_t slot_us, int64_t newest_us, int64_t clock_us)
{
	return (newest_us != TICK_NONE && candle_slot(newest_us) > slot_us) ||
	    clock_us >= slot_us + CANDLE_M5_US + SLOT_GRACE_US;
}

static bool
over_now(const struct store *store, const struct symbol *symbol, int64_t slot_us)
{
	return is_over(slot_us, symbol->row.newest_us, store->clock_us);
}

static bool
was_over(const struct store *store, const struct symbol *symbol, int64_t slot_us)
{
	return is_over(slot_us, symbol->newest_before_us, store->clock_before_us);
}

/* ---- slots ---- */

static void
forget_slots(struct symbol *symbol)
{
	for (int i = 0; i < SLOTS_CACHED; i++)
		symbol->slots[i].builder.open_time_us = NO_SLOT;
}

/* The slot, read back from its ticks where it is not in memory.  Valid until the next call. */
static int
load_slot(struct store *store, struct symbol *symbol, int64_t slot_us, struct slot **ret)
{
	struct slot *oldest = &symbol->slots[0];
	int result;

	for (int i = 0; i < SLOTS_CACHED; i++) {
		struct slot *slot = &symbol->slots[i];

		if (slot->builder.open_time_us == slot_us) {
			*ret = slot;
			return 0;
		}
		if (slot->builder.open_time_us < oldest->builder.open_time_us)
			oldest = slot;
	}
	oldest->builder.open_time_us = NO_SLOT; /* stays so if reading fails */
	result = candle_table_read(store->candles, symbol->row.symbol_id, slot_us, &oldest->stored);
	if (result < 0)
		return result;
	oldest->has_row = result == 1;
	candle_builder_start(&oldest->builder, slot_us);
	result = tick_table_fold(store->ticks, symbol->row.symbol_id, &oldest->builder);
	if (result < 0) {
		oldest->builder.open_time_us = NO_SLOT;
		return result;
	}
	*ret = oldest;
	return 0;
}

/* 1 when the slot is over, joined to the ids before it and without a hole in it or behind it. */
static int
is_complete(struct store *store, const struct symbol *symbol, const struct candle_builder *builder)
{
	int missing;

	if (!over_now(store, symbol, builder->open_time_us) ||
	    builder->first_tick_id <= symbol->row.first_id || !candle_builder_contiguous(builder))
		return 0;
	if (symbol->gap_count == 0)
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
	if (!was_over(store, symbol, slot_us))
		return 0;
	if (slot->has_row)
		candle->revision++;
	return candle_table_tell_change(store->candles, symbol->row.symbol_id, slot_us,
	    slot_us + CANDLE_M5_US, &store->result->change_seq);
}

/* Writes the slot's candle if it is another than the stored one. */
static int
write_slot(struct store *store, struct symbol *symbol, struct slot *slot)
{
	const struct candle_builder *builder = &slot->builder;
	struct candle candle;
	int complete, result;

	if (builder->trades == 0)
		return 0;
	complete = is_complete(store, symbol, builder);
	if (complete < 0)
		return complete;
	if (slot->has_row && slot->stored.origin == CANDLE_TICKS &&
	    slot->stored.trades == builder->trades && slot->stored.complete == (complete == 1))
		return 0;
	/* The exchange's own candle is better than ours with holes. */
	if (slot->has_row && slot->stored.origin != CANDLE_TICKS && !complete)
		return 0;
	candle_builder_candle(builder, &candle);
	candle.complete = complete == 1;
	result = revise(store, symbol, slot, &candle);
	if (result == 0)
		result = candle_table_write(store->candles, symbol->row.symbol_id, &candle);
	if (result < 0)
		return result;
	symbol->row.candles += !slot->has_row;
	slot->stored = candle;
	slot->has_row = true;
	symbol->touched = true;
	return 0;
}

static int
settle_slot(struct store *store, struct symbol *symbol, int64_t time_us)
{
	struct slot *slot;
	int result = load_slot(store, symbol, candle_slot(time_us), &slot);

	return result < 0 ? result : write_slot(store, symbol, slot);
}

/* ---- ids ---- */

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
			    row->first_id - 1, tick->time_us, row->ticks_from_us});
		row->first_id = tick->tick_id;
	}
	return result;
}

static int
note_arrivals(struct store *store, const struct tick *ticks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct tick *tick = &ticks[i];
		struct symbol *symbol = &store->symbols[tick->symbol];
		int result;

		if (!(tick->flags & TICK_TRADE))
			continue;
		result = note_id(store, symbol, tick);
		if (result < 0)
			return result;
		if (symbol->row.newest_us == TICK_NONE || tick->time_us > symbol->row.newest_us)
			symbol->row.newest_us = tick->time_us;
		if (tick->time_us > store->clock_us)
			store->clock_us = tick->time_us;
	}
	return 0;
}

/* A trade that came late may close a hole; then the candles on both sides may be complete. */
static int
fill_gap(struct store *store, struct symbol *symbol, const struct tick *tick)
{
	struct gap gap;
	int result = gaps_fill(store->gaps, symbol->row.symbol_id, tick->tick_id, tick->time_us,
	    store->now_us, &gap);

	if (result != 1)
		return result;
	store->result->late++;
	store->result->gaps_filled += gap.first_id == gap.last_id;
	result = gaps_summary(store->gaps, symbol->row.symbol_id, &symbol->gap_count,
	    &symbol->gap_top);
	if (result == 0)
		result = settle_slot(store, symbol, gap.from_us);
	if (result == 0)
		result = settle_slot(store, symbol, gap.to_us);
	return result;
}

/* ---- ticks, sorted by symbol, time and id ---- */

static int
insert_tick(struct store *store, struct symbol *symbol, struct slot *slot, const struct tick *tick)
{
	int result = tick_table_insert(store->ticks, symbol->row.symbol_id, tick);

	if (result < 0)
		return result;
	if (result == 0) {
		store->result->duplicates++;
		return 0;
	}
	store->result->stored++;
	symbol->row.ticks++;
	if (symbol->row.ticks_from_us == TICK_NONE || tick->time_us < symbol->row.ticks_from_us)
		symbol->row.ticks_from_us = tick->time_us;
	candle_builder_add(&slot->builder, tick);
	return 0;
}

/* Inserts the ticks of one symbol and one slot; returns how many there were. */
static int
insert_group(struct store *store, const struct tick *ticks, size_t count, size_t *ret_used)
{
	struct symbol *symbol = &store->symbols[ticks[0].symbol];
	int64_t slot_us = candle_slot(ticks[0].time_us);
	struct slot *slot;
	size_t used = 0;
	int result = load_slot(store, symbol, slot_us, &slot);

	if (result < 0)
		return result;
	symbol->touched = true;
	while (used < count && ticks[used].symbol == ticks[0].symbol &&
	    ticks[used].time_us - slot_us < CANDLE_M5_US) {
		result = insert_tick(store, symbol, slot, &ticks[used++]);
		if (result < 0)
			return result;
	}
	*ret_used = used;
	return write_slot(store, symbol, slot);
}

static int
insert_all(struct store *store, const struct tick *ticks, size_t count)
{
	size_t used;
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i += used)
		result = insert_group(store, ticks + i, count - i, &used);
	for (size_t i = 0; i < count && result == 0; i++) {
		struct symbol *symbol = &store->symbols[ticks[i].symbol];

		if ((ticks[i].flags & TICK_TRADE) && ticks[i].tick_id <= symbol->gap_top)
			result = fill_gap(store, symbol, &ticks[i]);
	}
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
		if (!symbol->touched && over_now(store, symbol, candle_slot(newest_us)) ==
		    was_over(store, symbol, candle_slot(newest_us)))
			continue;
		result = settle_slot(store, symbol, newest_us);
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

		forget_slots(symbol);
		symbol->touched = false;
		result = tick_table_symbol(store->ticks, store->source, store->names->items[i],
		    &symbol->row);
		if (result == 0)
			result = gaps_summary(store->gaps, symbol->row.symbol_id,
			    &symbol->gap_count, &symbol->gap_top);
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
	const struct tick *sorted;
	int result = note_arrivals(store, ticks, count);

	if (result < 0)
		return result;
	sorted = tick_order_sort(store->order, ticks, count, store->count);
	if (sorted == NULL)
		return -ENOMEM;
	result = insert_all(store, sorted, count);
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
		store->symbols[i].newest_before_us = store->symbols[i].row.newest_us;
		store->symbols[i].touched = false;
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
	int result = database_execute(store->db, "BEGIN IMMEDIATE");

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
	result = store->order == NULL ? -ENOMEM : tick_table_create(&store->ticks, db);
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
