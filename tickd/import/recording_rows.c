#define _GNU_SOURCE
#include "tickd/import/recording_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/feed/binance_scan.h"
#include "tickd/import/archive_name.h"
#include "tickd/import/archive_row.h"

enum ids { IDS_UNKNOWN, IDS_OF_TRADES, IDS_OF_AGGREGATES };

/* A symbol with its book, as in binance_normalise.c. */
struct book {
	struct book *next;
	char name[BINANCE_SYMBOL_SIZE];
	size_t length;
	uint32_t number; /* from 0, as they came */
	int64_t bid_e8, ask_e8, update_id;
};

struct recording_rows {
	const char *only;
	enum ids ids;
	struct book *first, *last; /* in the order of their numbers; they stay where they are */
	struct book *found;	   /* the one found last, asked first the next time */
	uint32_t count;
};

struct recording_rows *
recording_rows_create(const char *only)
{
	struct recording_rows *rows = calloc(1, sizeof(*rows));

	if (rows != NULL)
		rows->only = only;
	return rows;
}

void
recording_rows_free(struct recording_rows *rows)
{
	if (rows == NULL)
		return;
	while (rows->first != NULL) {
		struct book *next = rows->first->next;

		free(rows->first);
		rows->first = next;
	}
	free(rows);
}

/* ---- symbols ---- */

static bool
is_named(const struct book *book, const struct binance_event *event)
{
	return book->length == event->symbol_length &&
	    memcmp(book->name, event->symbol, book->length) == 0;
}

static int
add_book(struct recording_rows *rows, const struct binance_event *event, struct problem *problem)
{
	struct book *book;

	if (!archive_symbol_fits(event->symbol, event->symbol_length))
		return problem_set(problem, -EINVAL,
		    "its symbol can be none: spaces, colons or worse");
	if (rows->count == RECORDING_SYMBOLS_MAX)
		return problem_set(problem, -EINVAL, "more than %d symbols", RECORDING_SYMBOLS_MAX);
	book = calloc(1, sizeof(*book));
	if (book == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	memcpy(book->name, event->symbol, event->symbol_length);
	book->length = event->symbol_length;
	book->bid_e8 = book->ask_e8 = TICK_NONE;
	book->update_id = -1;
	book->number = rows->count++;
	if (rows->last == NULL)
		rows->first = book;
	else
		rows->last->next = book;
	rows->last = rows->found = book;
	return 0;
}

/* 0 with the book in rows->found; -ENOENT for a symbol that is not wanted. */
static int
find_book(struct recording_rows *rows, const struct binance_event *event, struct problem *problem)
{
	if (rows->only != NULL && (strlen(rows->only) != event->symbol_length ||
				      memcmp(rows->only, event->symbol, event->symbol_length) != 0))
		return -ENOENT;
	if (rows->found != NULL && is_named(rows->found, event))
		return 0;
	for (rows->found = rows->first; rows->found != NULL; rows->found = rows->found->next)
		if (is_named(rows->found, event))
			return 0;
	return add_book(rows, event, problem);
}

/* ---- lines ---- */

static size_t
digits(const char *line, size_t length)
{
	size_t count = 0;

	while (count < length && line[count] >= '0' && line[count] <= '9')
		count++;
	return count;
}

bool
recording_line_is_one(const char *line, size_t length)
{
	size_t time = digits(line, length);

	return time > 0 && length > time + 1 && line[time] == ' ' && line[time + 1] == '{';
}

static void
take_quote(struct book *book, const struct binance_event *event)
{
	if (event->id <= book->update_id)
		return;
	book->update_id = event->id;
	book->bid_e8 = event->bid_e8 > 0 ? event->bid_e8 : TICK_NONE;
	book->ask_e8 = event->ask_e8 > 0 ? event->ask_e8 : TICK_NONE;
}

static int
take_trade(struct recording_rows *rows, const struct binance_event *event, struct tick *ret)
{
	const struct book *book = rows->found;
	enum ids ids = event->trade_count > 0 ? IDS_OF_AGGREGATES : IDS_OF_TRADES;

	if (rows->ids == IDS_UNKNOWN)
		rows->ids = ids;
	if (rows->ids != ids)
		return 0;
	*ret = (struct tick){
		.time_us = event->time_ms * CLOCK_MS_US,
		.tick_id = event->id,
		.price_e8 = event->price_e8,
		.volume_e8 = event->quantity_e8,
		.bid_e8 = book->bid_e8,
		.ask_e8 = book->ask_e8,
		.flags = TICK_TRADE | TICK_IMPORTED | (event->buyer_is_maker ? TICK_SELL : 0U),
		.symbol = book->number,
		.trade_count = event->trade_count,
	};
	return 1;
}

int
recording_row(struct recording_rows *rows, const char *line, size_t length, struct tick *ret,
    struct problem *problem)
{
	size_t time = digits(line, length);
	struct binance_event event;
	char quoted[ARCHIVE_QUOTED_SIZE];
	int error;

	if (!recording_line_is_one(line, length))
		return problem_set(problem, -EINVAL,
		    "expected the receive time, a space and a frame, not \"%s\"",
		    archive_row_quote(line, length, quoted));
	binance_scan(line + time + 1, length - time - 1, &event);
	if (event.kind != BINANCE_TRADE && event.kind != BINANCE_QUOTE)
		return 0;
	error = find_book(rows, &event, problem);
	if (error < 0)
		return error == -ENOENT ? 0 : error;
	if (event.kind == BINANCE_TRADE)
		return take_trade(rows, &event, ret);
	take_quote(rows->found, &event);
	return 0;
}

size_t
recording_rows_symbols(const struct recording_rows *rows)
{
	return rows->count;
}

const char *
recording_rows_symbol(const struct recording_rows *rows, size_t symbol)
{
	const struct book *book = rows->first;

	while (book->number != symbol)
		book = book->next;
	return book->name;
}

bool
recording_rows_aggregates(const struct recording_rows *rows)
{
	return rows->ids == IDS_OF_AGGREGATES;
}
