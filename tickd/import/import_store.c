#include "tickd/import/import_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/feed/binance_streams.h"

#define OWNS_MAX 1000 /* at once: each takes some 200 KB, and a recording may name any symbols */

/* A store of one symbol that is not live. */
struct own {
	struct own *next;
	struct store *store;
	struct string_list symbols; /* its one name */
	char *name;
};

struct import_store {
	const struct settings *settings;
	const char *source;
	struct own *owns;
	int own_count;
};

struct target {
	struct store *store;
	size_t symbol;
};

struct import_store *
import_store_create(const struct settings *settings, const char *source)
{
	struct import_store *import = calloc(1, sizeof(*import));

	if (import != NULL) {
		import->settings = settings;
		import->source = source;
	}
	return import;
}

/* ---- the live store ---- */

/* True where the live store has the symbol. */
static bool
find_live(const struct import_store *import, const char *symbol, size_t *ret_number)
{
	const struct string_list *symbols = &import->settings->binance.symbols;

	if (!import->settings->binance.enabled ||
	    strcmp(import->source, import->settings->binance.source) != 0)
		return false;
	for (*ret_number = 0; *ret_number < symbols->count; (*ret_number)++)
		if (strcmp(symbols->items[*ret_number], symbol) == 0)
			return true;
	return false;
}

bool
import_store_is_live(const struct import_store *import, const char *symbol)
{
	size_t unused;

	return find_live(import, symbol, &unused);
}

/* ---- stores of our own ---- */

static void
own_free(struct own *own)
{
	if (own == NULL)
		return;
	store_free(own->store);
	free(own->name);
	free(own);
}

/* What the ids of the symbol's ticks are by now: candles have none of their own to say. */
static int
stored_ids(struct database *db, const char *source, const char *symbol, enum tick_ids *ret)
{
	sqlite3_stmt *statement;
	int result = database_prepare(db,
	    "SELECT id_kind FROM symbols WHERE source = ?1 AND symbol = ?2", &statement);

	*ret = TICK_IDS_TRADE;
	if (result < 0)
		return result;
	sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, symbol, -1, SQLITE_STATIC);
	result = database_step(db, statement);
	for (enum tick_ids ids = TICK_IDS_TRADE; result == 1 && ids <= TICK_IDS_ORDINAL; ids++)
		if (strcmp((const char *)sqlite3_column_text(statement, 0), tick_ids_name(ids)) == 0)
			*ret = ids;
	sqlite3_finalize(statement);
	return result < 0 ? result : 0;
}

static int
add_own(struct import_store *import, struct database *db, const struct import_page *page,
    enum tick_ids ids, struct own **ret, struct problem *problem)
{
	struct own *own;
	int error = 0;

	if (import->own_count == OWNS_MAX) /* they are made again when they are needed */
		import_store_drop(import);
	own = calloc(1, sizeof(*own));
	if (own != NULL)
		own->name = strdup(page->symbol);
	if (own == NULL || own->name == NULL) {
		own_free(own);
		return problem_set(problem, -ENOMEM, "out of memory");
	}
	own->symbols = (struct string_list){&own->name, 1};
	if (page->candles)
		error = stored_ids(db, import->source, own->name, &ids);
	if (error < 0)
		problem_set(problem, error, "the symbols cannot be read: %s", database_error(db));
	else
		error = store_create(&own->store, db, import->source, &own->symbols, ids, problem);
	if (error != 0) {
		own_free(own);
		return error;
	}
	store_leave_imported_holes(own->store, -1); /* no feed is there to fill them */
	own->next = import->owns;
	import->owns = own;
	import->own_count++;
	*ret = own;
	return 0;
}

static int
find_own(struct import_store *import, struct database *db, const struct import_page *page,
    enum tick_ids ids, struct target *ret, struct problem *problem)
{
	struct own *own = import->owns;
	int error = 0;

	while (own != NULL && strcmp(own->name, page->symbol) != 0)
		own = own->next;
	if (own == NULL)
		error = add_own(import, db, page, ids, &own, problem);
	if (own == NULL)
		return error;
	*ret = (struct target){own->store, 0};
	return 0;
}

/* ---- pages ---- */

static int
find(struct import_store *import, struct store *live, struct database *db,
    const struct import_page *page, enum tick_ids ids, struct target *ret, struct problem *problem)
{
	if (!find_live(import, page->symbol, &ret->symbol))
		return find_own(import, db, page, ids, ret, problem);
	ret->store = live;
	if (page->candles || ids == binance_streams_ids(&import->settings->binance.streams))
		return 0;
	return problem_set(problem, -EPROTO,
	    "the ticks of %s of %s have ids of the kind %s, these of the kind %s: they cannot be "
	    "mixed in one symbol; --source keeps them apart", page->symbol, import->source,
	    tick_ids_name(binance_streams_ids(&import->settings->binance.streams)),
	    tick_ids_name(ids));
}

/* History of a live symbol is fetched up to where it was; that of another reaches so far now. */
static int
add_candles(const struct target *target, bool live, const struct import_page *page,
    int64_t now_us, struct store_result *ret)
{
	struct store_symbol before, after;
	int64_t until_us = page->klines[page->count - 1].open_time_us + CANDLE_M5_US;
	int error;

	store_symbol(target->store, target->symbol, &before);
	if (live || before.history_until_us > until_us)
		until_us = before.history_until_us;
	error = store_add_history(target->store, target->symbol, page->klines, page->count,
	    until_us, now_us);
	if (error < 0)
		return error;
	store_symbol(target->store, target->symbol, &after);
	ret->stored = after.candles - before.candles;
	ret->duplicates = (int64_t)page->count - ret->stored;
	return 0;
}

int
import_store_add(struct import_store *import, struct store *live, struct database *db,
    const struct import_page *page, enum tick_ids ids, int64_t now_us, struct store_result *ret,
    struct problem *problem)
{
	struct target target = {live, 0};
	int error = find(import, live, db, page, ids, &target, problem);

	if (error < 0)
		return error;
	*ret = (struct store_result){0};
	error = page->candles ? add_candles(&target, target.store == live, page, now_us, ret) :
				store_add_page(target.store, target.symbol, page->ticks,
				    page->count, now_us, ret);
	if (error < 0)
		problem_set(problem, error, "%s of %s: its rows cannot be stored: %s", page->symbol,
		    import->source, database_error(db));
	return error;
}

void
import_store_drop(struct import_store *import)
{
	while (import->owns != NULL) {
		struct own *next = import->owns->next;

		own_free(import->owns);
		import->owns = next;
	}
	import->own_count = 0;
}

void
import_store_free(struct import_store *import)
{
	free(import);
}
