#include "marketsim/capture_trades.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define TRADES_FIRST 16384

static int
append(struct capture_trades *trades, const struct trade *trade)
{
	if (trades->count == trades->capacity) {
		size_t capacity = trades->capacity > 0 ? 2 * trades->capacity : TRADES_FIRST;
		void *items = NULL;

		if (trades->count < CAPTURE_TRADES_MAX)
			items = realloc(trades->items, capacity * sizeof(*trades->items));
		if (items == NULL)
			return -ENOMEM;
		trades->items = items;
		trades->capacity = capacity;
	}
	trades->unordered |= trades->count > 0 && trade->id <= trades->last_id;
	trades->last_id = trade->id;
	trades->items[trades->count++] = *trade;
	return 0;
}

int
capture_trades_add(struct capture_trades *trades, const struct trade *trade)
{
	return trades->by_aggregate ? 0 : append(trades, trade);
}

int
capture_trades_add_aggregate(struct capture_trades *trades, const struct trade *whole,
    int64_t last_id)
{
	int64_t count = last_id - whole->id + 1;
	struct trade one = *whole;
	int error = 0;

	assert(count > 0 && count <= AGGREGATE_TRADES_MAX && whole->quantity_e8 >= count);
	if (trades->count == 0)
		trades->by_aggregate = true;
	if (!trades->by_aggregate)
		return 0;
	one.quantity_e8 = whole->quantity_e8 / count;
	for (; error == 0 && one.id < last_id; one.id++)
		error = append(trades, &one);
	one.quantity_e8 = whole->quantity_e8 - (count - 1) * one.quantity_e8;
	return error < 0 ? error : append(trades, &one);
}

static int
by_id(const void *one, const void *two)
{
	const struct trade *a = one, *b = two;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* Recordings of two connections overlap, and a line may have changed the order. */
static void
put_in_order(struct capture_trades *trades)
{
	size_t kept = 0;

	qsort(trades->items, trades->count, sizeof(*trades->items), by_id);
	for (size_t i = 0; i < trades->count; i++)
		if (kept == 0 || trades->items[i].id != trades->items[kept - 1].id)
			trades->items[kept++] = trades->items[i];
	trades->count = kept;
}

void
capture_trades_finish(struct capture_trades *trades)
{
	if (trades->unordered)
		put_in_order(trades);
	/* Aggregates have no ids in a capture of trades: they are counted from 1. */
	for (size_t i = 0; i < trades->count && !trades->by_aggregate; i++) {
		const struct trade *before = i > 0 ? &trades->items[i - 1] : NULL;
		struct trade *trade = &trades->items[i];

		trade->aggregate_id = before == NULL ? 1
						     : before->aggregate_id +
			(before->price_e8 != trade->price_e8 ||
			    before->time_us != trade->time_us ||
			    before->buyer_is_maker != trade->buyer_is_maker);
	}
}
