#include "tickd/mt5/mt5_store_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum statement { READ_CLOCK };

const char *const mt5_store_clock_sql[MT5_STORE_STATEMENTS] = {
	[READ_CLOCK] = "SELECT coalesce(max(newest_us), 0) FROM symbols WHERE source = ?1",
};

/* ---- ticks ---- */

static int
make_room(struct mt5_store *store, size_t count)
{
	struct store_page *pages;

	if (count <= store->page_room)
		return 0;
	pages = reallocarray(store->pages, count, sizeof(*pages));
	if (pages == NULL)
		return -ENOMEM;
	store->pages = pages;
	store->page_room = count;
	return 0;
}

static bool
same_mark(const struct mt5_watermark *a, const struct mt5_watermark *b)
{
	return a->server_ms == b->server_ms && a->count_in_ms == b->count_in_ms;
}

/* Whether the page leaves out something that came behind the watermark. */
static bool
breaks_chain(const struct mt5_store *store, const struct mt5_page *page)
{
	struct store_symbol known;

	if (page->from_us == TICK_NONE)
		return false;
	if (store->tables->moved[page->symbol].server_ms == TICK_NONE)
		return true;
	store_symbol(store->tables->store, page->symbol, &known);
	return page->from_us > known.newest_us;
}

struct moving {
	struct mt5_store *store;
	const struct mt5_page *pages;
	size_t count;
};

/* Beside the ticks, before they are committed. */
static int
write_marks(void *context)
{
	const struct moving *moving = context;
	const struct mt5_tables *tables = moving->store->tables;
	int result = 0;

	for (size_t i = 0; i < moving->count && result == 0; i++) {
		size_t symbol = moving->pages[i].symbol;
		struct store_symbol known;

		if (same_mark(&tables->moved[symbol], &moving->pages[i].mark) &&
		    !same_mark(&tables->moved[symbol], &tables->marks[symbol])) {
			store_symbol(tables->store, symbol, &known);
			result = mt5_marks_write(moving->store->marks, known.symbol_id,
			    &moving->pages[i].mark);
		}
	}
	return result;
}

/* What was committed is what is kept, or what was kept is what counts. */
static void
settle_marks(struct mt5_tables *tables, const struct mt5_page *pages, size_t count, bool committed)
{
	for (size_t i = 0; i < count; i++) {
		size_t symbol = pages[i].symbol;

		if (committed)
			tables->marks[symbol] = tables->moved[symbol];
		else
			tables->moved[symbol] = tables->marks[symbol];
	}
}

int
mt5_store_ticks(struct mt5_store *store, const struct mt5_page *pages, size_t count,
    int64_t now_us, struct store_result *ret)
{
	struct moving moving = {store, pages, count};
	int result = make_room(store, count);

	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		const struct mt5_page *page = &pages[i];

		assert(page->symbol < store->tables->names.count);
		store->pages[i] = (struct store_page){page->symbol, page->ticks, page->count,
			breaks_chain(store, page) ? page->from_us : TICK_NONE};
		store->tables->moved[page->symbol] = page->mark;
	}
	result = store_add_pages(store->tables->store, store->pages, count, write_marks, &moving,
	    now_us, ret);
	settle_marks(store->tables, pages, count, result == 0);
	return result;
}

int
mt5_store_offset(struct mt5_store *store, const struct broker_offset *offset)
{
	int result = mt5_store_begin(store);

	return result < 0 ? result :
	    mt5_store_end(store, mt5_marks_write_offset(store->marks, store->source, offset));
}

int
mt5_store_bars(struct mt5_store *store, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us, int64_t now_us)
{
	struct store_symbol known;

	assert(symbol < store->tables->names.count);
	store_symbol(store->tables->store, symbol, &known);
	/* Asked for again by a connection that ended, it may be less. */
	if (known.history_until_us > until_us)
		until_us = known.history_until_us;
	return store_add_history(store->tables->store, symbol, candles, count, until_us, now_us);
}

int64_t
mt5_store_clock(const struct mt5_store *store)
{
	return store->tables == NULL ? store->first_clock_us :
				       store_clock(store->tables->store);
}

void
mt5_store_symbol(const struct mt5_store *store, size_t symbol, struct store_symbol *ret)
{
	assert(symbol < store->tables->names.count);
	store_symbol(store->tables->store, symbol, ret);
}

/* ---- the whole ---- */

/* Where it cannot be read it is asked again by the first hello. */
static int64_t
read_clock(struct mt5_store *store)
{
	int64_t clock_us = 0;
	sqlite3_stmt *row;

	if (mt5_store_statement(store, LIST_CLOCK, READ_CLOCK, &row) < 0)
		return 0;
	if (database_step(store->db, row) == 1)
		clock_us = sqlite3_column_int64(row, 0);
	mt5_store_finish(row);
	return clock_us;
}

struct mt5_store *
mt5_store_create(const struct settings *settings, struct database *db, const char *source)
{
	struct mt5_store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->settings = settings;
	store->db = db;
	store->source = source;
	store->first_clock_us = read_clock(store);
	return store;
}

void
mt5_store_free(struct mt5_store *store)
{
	if (store == NULL)
		return;
	mt5_tables_free(store->tables);
	mt5_marks_free(store->marks);
	for (int list = 0; list < MT5_STORE_LISTS; list++)
		for (int i = 0; i < MT5_STORE_STATEMENTS; i++)
			sqlite3_finalize(store->statements[list][i]);
	free(store->pages);
	free(store);
}
