/* A hello: the symbols as they are stored from now on, and what its session goes on from. */
#include "tickd/mt5/mt5_store_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

void
mt5_tables_free(struct mt5_tables *tables)
{
	if (tables == NULL)
		return;
	store_free(tables->store);
	free(tables->names.items);
	free(tables->texts);
	free(tables->marks);
	free(tables->moved);
	free(tables);
}

void
mt5_opened_free(struct mt5_opened *opened)
{
	free(opened->marks);
	free(opened->bars_from_us);
	free(opened->open);
	*opened = (struct mt5_opened){0};
}

/* ---- room ---- */

/* NULL: out of memory. */
static struct mt5_tables *
make_tables(const struct mt5_hello *hello)
{
	struct mt5_tables *tables = calloc(1, sizeof(*tables));
	size_t count = hello->symbol_count;

	if (tables == NULL)
		return NULL;
	tables->names.items = calloc(count + 1, sizeof(tables->names.items[0]));
	tables->texts = calloc(count + 1, sizeof(tables->texts[0]));
	tables->marks = calloc(count + 1, sizeof(tables->marks[0]));
	tables->moved = calloc(count + 1, sizeof(tables->moved[0]));
	if (tables->names.items == NULL || tables->texts == NULL || tables->marks == NULL ||
	    tables->moved == NULL) {
		mt5_tables_free(tables);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(tables->texts[i], hello->symbols[i].name, MT5_NAME_MAX);
		tables->names.items[i] = tables->texts[i];
	}
	tables->names.count = count;
	return tables;
}

static int
make_opened(struct mt5_opened *opened, size_t count)
{
	opened->symbol_count = count;
	opened->marks = calloc(count + 1, sizeof(opened->marks[0]));
	opened->bars_from_us = calloc(count + 1, sizeof(opened->bars_from_us[0]));
	return opened->marks == NULL || opened->bars_from_us == NULL ? -ENOMEM : 0;
}

/* ---- what its session goes on from ---- */

/*
 * Since when candles of before the first tick are wanted.  Where there is no tick yet the first one
 * is expected now.
 */
static int64_t
bars_from(const struct mt5_store *store, const struct store_symbol *known, int64_t now_us)
{
	int64_t history_us = store->settings->mt5.history_us, from_us;
	int64_t first_us = candle_slot(known->first_us == TICK_NONE ? now_us : known->first_us);

	if (history_us == 0 ||
	    (known->first_us != TICK_NONE && known->history_until_us >= first_us))
		return TICK_NONE;
	from_us = candle_slot(first_us - history_us);
	return known->history_until_us > from_us ? known->history_until_us : from_us;
}

static int
load_time(struct mt5_store *store, const struct mt5_tables *tables, struct broker_time *ret)
{
	struct broker_offset offsets[BROKER_OFFSETS_MAX];
	int64_t clock_us = store_clock(tables->store);
	size_t count;
	int result = mt5_marks_read_offsets(store->marks, store->source, offsets, &count);

	if (result == 0)
		broker_time_load(ret, offsets, count, clock_us == 0 ? TICK_NONE : clock_us);
	return result;
}

static int
open_symbol(struct mt5_store *store, struct mt5_tables *tables, const struct mt5_hello *hello,
    size_t symbol, int64_t now_us, struct mt5_opened *opened)
{
	struct store_symbol known;
	int result;

	assert(symbol < opened->symbol_count && tables->marks != NULL && opened->marks != NULL);
	store_symbol(tables->store, symbol, &known);
	result = mt5_store_terms(store, known.symbol_id, &hello->symbols[symbol],
	    store_clock(tables->store));
	if (result == 0)
		result = mt5_marks_read(store->marks, known.symbol_id, &tables->marks[symbol]);
	if (result < 0)
		return result;
	opened->marks[symbol] = tables->moved[symbol] = tables->marks[symbol];
	opened->bars_from_us[symbol] = bars_from(store, &known, now_us);
	return 0;
}

/* ---- the transaction ---- */

/* A sentence is there for -EPERM and -EPROTO alone. */
static int
open_tables(struct mt5_store *store, const struct mt5_hello *hello, int64_t now_us,
    struct mt5_tables *tables, struct mt5_opened *opened, struct problem *problem)
{
	int result = mt5_store_bind_account(store, hello, opened->account, problem);

	if (result == 0)
		result = store_create(&tables->store, store->db, store->source, &tables->names,
		    TICK_IDS_ORDINAL, problem);
	for (size_t i = 0; i < hello->symbol_count && result == 0; i++)
		result = open_symbol(store, tables, hello, i, now_us, opened);
	if (result == 0)
		result = load_time(store, tables, &opened->time);
	if (result == 0)
		result = mt5_store_open_tickets(store, opened->account, &opened->open,
		    &opened->open_count);
	return result;
}

static int
prepare(struct mt5_store *store, const struct mt5_hello *hello, struct mt5_opened *opened)
{
	int result = store->marks == NULL ? mt5_marks_create(&store->marks, store->db) : 0;

	if (result == 0)
		result = make_opened(opened, hello->symbol_count);
	return result < 0 ? result : mt5_store_begin(store);
}

static void
use(struct mt5_store *store, const struct mt5_hello *hello, const struct mt5_opened *opened,
    struct mt5_tables *tables)
{
	mt5_tables_free(store->tables);
	store->tables = tables;
	memcpy(store->account, opened->account, sizeof(store->account));
	store->netting = hello->netting;
}

int
mt5_store_open(struct mt5_store *store, const struct mt5_hello *hello, int64_t now_us,
    struct mt5_opened *ret, struct problem *problem)
{
	struct mt5_tables *tables = make_tables(hello);
	struct mt5_opened opened = {0};
	int result = tables == NULL ? -ENOMEM : prepare(store, hello, &opened);

	if (result == 0)
		result = mt5_store_end(store,
		    open_tables(store, hello, now_us, tables, &opened, problem));
	if (result < 0) {
		if (result != -EPERM && result != -EPROTO)
			problem_set(problem, result, "the symbols of %s cannot be stored: %s",
			    store->source, database_error(store->db));
		mt5_tables_free(tables);
		mt5_opened_free(&opened);
		return result;
	}
	*ret = opened;
	use(store, hello, &opened, tables);
	return 0;
}
