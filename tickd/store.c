#define _GNU_SOURCE
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

/* Ticks of the batch under way that go the same way. */
struct tick_list {
	struct tick *ticks;
	size_t count;
};

struct store {
	struct database *db;
	struct tick_table *ticks;
	struct candle_table *candles;
	struct gaps *gaps;
	struct tick_order *order;
	struct tick_list fresh; /* newer than all that is stored: surely new */
	struct tick_list known; /* perhaps stored already */
	size_t list_room;
	int64_t *symbol_ids;
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

static struct slot *
cached_slot(struct symbol *symbol, int64_t slot_us)
{
	for (int i = 0; i < SLOTS_CACHED; i++)
		if (symbol->slots[i].builder.open_time_us == slot_us)
			return &symbol->slots[i];
	return NULL;
}

/* The slot, read back from its ticks where it is not in memory.  Valid until the next call. */
static int
load_slot(struct store *store, struct symbol *symbol, int64_t slot_us, struct slot **ret)
{
	struct slot *oldest = &symbol->slots[0];
	int result;

	*ret = cached_slot(symbol, slot_us);
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
make_room(struct store *store, size_t count)
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

/* Takes the ticks in the order of their coming apart into fresh and known ones, and notes gaps. */
static int
note_arrivals(struct store *store, const struct tick *ticks, size_t count)
{
	int result = make_room(store, count);

	store->fresh.count = store->known.count = 0;
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct tick *tick = &ticks[i];
		struct symbol *symbol = &store->symbols[tick->symbol];
		struct symbol_row *row = &symbol->row;
		struct tick_list *list = &store->known;

		symbol->touched = true;
		if (tick->flags & TICK_TRADE) {
			if (row->newest_id == TICK_NONE || tick->tick_id > row->newest_id)
				list = &store->fresh;
			result = note_id(store, symbol, tick);
			if (row->newest_us == TICK_NONE || tick->time_us > row->newest_us)
				row->newest_us = tick->time_us;
			if (tick->time_us > store->clock_us)
				store->clock_us = tick->time_us;
		}
		list->ticks[list->count++] = *tick;
	}
	return result;
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
	struct slot *slot = cached_slot(symbol, slot_us);

	for (size_t i = 0; i < count; i++)
		count_stored(store, symbol, &ticks[i]);
	/* What is read back now has these ticks in it. */
	if (slot == NULL)
		return settle_slot(store, symbol, slot_us);
	for (size_t i = 0; i < count; i++)
		candle_builder_add(&slot->builder, &ticks[i]);
	return write_slot(store, symbol, slot);
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

/* Ticks that may be stored already: one by one, for each must be told apart. */
static int
insert_known_group(struct store *store, const struct tick *ticks, size_t count)
{
	struct symbol *symbol = &store->symbols[ticks[0].symbol];
	struct slot *slot;
	int result = load_slot(store, symbol, candle_slot(ticks[0].time_us), &slot);

	for (size_t i = 0; i < count && result >= 0; i++) {
		result = tick_table_insert(store->ticks, symbol->row.symbol_id, &ticks[i]);
		if (result == 1) {
			count_stored(store, symbol, &ticks[i]);
			candle_builder_add(&slot->builder, &ticks[i]);
		} else if (result == 0) {
			store->result->duplicates++;
		}
	}
	return result < 0 ? result : write_slot(store, symbol, slot);
}

static int
insert_known(struct store *store)
{
	size_t count = store->known.count, length;
	const struct tick *sorted;
	int result = 0;

	if (count == 0)
		return 0;
	sorted = tick_order_sort(store->order, store->known.ticks, count, store->count);
	if (sorted == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count && result == 0; i += length) {
		length = group_length(sorted + i, count - i);
		result = insert_known_group(store, sorted + i, length);
	}
	for (size_t i = 0; i < count && result == 0; i++) {
		struct symbol *symbol = &store->symbols[sorted[i].symbol];

		if ((sorted[i].flags & TICK_TRADE) && sorted[i].tick_id <= symbol->gap_top)
			result = fill_gap(store, symbol, &sorted[i]);
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
	int result = note_arrivals(store, ticks, count);

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
