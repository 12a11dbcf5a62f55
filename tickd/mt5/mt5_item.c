#define _GNU_SOURCE
#include "tickd/mt5/mt5_item.h"

#include <stdlib.h>
#include <string.h>

struct mt5_item *
mt5_item_create(enum mt5_item_kind kind, uint64_t session)
{
	struct mt5_item *item = calloc(1, sizeof(*item));

	if (item != NULL) {
		item->kind = kind;
		item->session = session;
	}
	return item;
}

void
mt5_item_free(struct mt5_item *item)
{
	if (item == NULL)
		return;
	if (item->kind == ITEM_OPEN) {
		free(item->open.hello.symbols);
		free(item->open.sessions);
		mt5_opened_free(&item->open.opened);
	} else if (item->kind == ITEM_TICKS) {
		free((void *)item->page.ticks);
	} else if (item->kind == ITEM_BARS) {
		free(item->bars.candles);
	} else if (item->kind == ITEM_POSITIONS) {
		free(item->positions.report.positions);
	}
	free(item);
}

size_t
mt5_item_rows(const struct mt5_item *item)
{
	switch (item->kind) {
	case ITEM_OPEN:
		return item->open.hello.symbol_count;
	case ITEM_TICKS:
		return item->page.count;
	case ITEM_BARS:
		return item->bars.count;
	case ITEM_POSITIONS:
		return item->positions.report.count;
	default:
		return 0;
	}
}

/* A copy of `count` things of `size`, not NULL where there are none; NULL: out of memory. */
static void *
copy_of(const void *things, size_t count, size_t size)
{
	void *copy = calloc(count + 1, size);

	if (copy != NULL && count > 0)
		memcpy(copy, things, count * size);
	return copy;
}

/* Frees the item where a part of it could not be had. */
static struct mt5_item *
item_with(struct mt5_item *item, const void *part)
{
	if (part != NULL)
		return item;
	mt5_item_free(item);
	return NULL;
}

/* The symbols are a copy already, but for their sessions: those go into one block, returned. */
static char *
copy_sessions(struct mt5_hello *hello, const struct mt5_hello *from)
{
	size_t room = 1;
	char *block, *at;

	for (size_t i = 0; i < from->symbol_count; i++)
		if (from->symbols[i].sessions != NULL)
			room += strlen(from->symbols[i].sessions) + 1;
	block = at = malloc(room);
	for (size_t i = 0; i < from->symbol_count && block != NULL; i++) {
		if (from->symbols[i].sessions == NULL)
			continue;
		hello->symbols[i].sessions = at;
		at = stpcpy(at, from->symbols[i].sessions) + 1;
	}
	return block;
}

struct mt5_item *
mt5_item_open(uint64_t session, const struct mt5_hello *hello, const struct mt5_clocks *clocks,
    int64_t heard_us)
{
	struct mt5_item *item = mt5_item_create(ITEM_OPEN, session);

	if (item == NULL)
		return NULL;
	item->open.clocks = *clocks;
	item->open.heard_us = heard_us;
	item->open.hello = *hello;
	memset(item->open.hello.token, 0, sizeof(item->open.hello.token));
	item->open.hello.symbols =
	    copy_of(hello->symbols, hello->symbol_count, sizeof(hello->symbols[0]));
	if (item->open.hello.symbols != NULL)
		item->open.sessions = copy_sessions(&item->open.hello, hello);
	return item_with(item, item->open.sessions);
}

struct mt5_item *
mt5_item_ticks(uint64_t session, int64_t seq, const struct mt5_page *page)
{
	struct mt5_item *item = mt5_item_create(ITEM_TICKS, session);

	if (item == NULL)
		return NULL;
	item->seq = seq;
	item->symbol = page->symbol;
	item->page = *page;
	item->page.ticks = copy_of(page->ticks, page->count, sizeof(page->ticks[0]));
	return item_with(item, item->page.ticks);
}

struct mt5_item *
mt5_item_bars(uint64_t session, size_t symbol, const struct candle *candles, size_t count,
    int64_t until_us)
{
	struct mt5_item *item = mt5_item_create(ITEM_BARS, session);

	if (item == NULL)
		return NULL;
	item->symbol = symbol;
	item->bars.candles = copy_of(candles, count, sizeof(candles[0]));
	item->bars.count = count;
	item->bars.until_us = until_us;
	return item_with(item, item->bars.candles);
}

struct mt5_item *
mt5_item_positions(uint64_t session, const struct mt5_positions *report,
    const struct broker_time *time)
{
	struct mt5_item *item = mt5_item_create(ITEM_POSITIONS, session);

	if (item == NULL)
		return NULL;
	item->positions.report = *report;
	item->positions.report.positions =
	    copy_of(report->positions, report->count, sizeof(report->positions[0]));
	item->positions.time = *time;
	return item_with(item, item->positions.report.positions);
}
