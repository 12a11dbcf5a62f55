#define _GNU_SOURCE
#include "tickd/store/tick_order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct tick_order {
	struct tick *sorted;
	size_t sorted_room;
	size_t *starts; /* of each symbol in `sorted` */
	size_t starts_room;
};

struct tick_order *
tick_order_create(void)
{
	return calloc(1, sizeof(struct tick_order));
}

void
tick_order_free(struct tick_order *order)
{
	if (order == NULL)
		return;
	free(order->sorted);
	free(order->starts);
	free(order);
}

static bool
make_room(struct tick_order *order, size_t count, size_t symbols)
{
	if (count > order->sorted_room) {
		struct tick *sorted = reallocarray(order->sorted, count, sizeof(*sorted));

		if (sorted == NULL)
			return false;
		order->sorted = sorted;
		order->sorted_room = count;
	}
	if (symbols > order->starts_room) {
		size_t *starts = reallocarray(order->starts, symbols, sizeof(*starts));

		if (starts == NULL)
			return false;
		order->starts = starts;
		order->starts_room = symbols;
	}
	return true;
}

static int
compare(const void *left, const void *right)
{
	const struct tick *a = left, *b = right;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return (a->tick_id > b->tick_id) - (a->tick_id < b->tick_id);
}

static void
sort_one_symbol(struct tick *ticks, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare(&ticks[i - 1], &ticks[i]) > 0) {
			qsort(ticks, count, sizeof(*ticks), compare);
			return;
		}
}

/* Distributes the ticks by symbol, keeping their order; starts[s] becomes the end of s. */
static void
distribute(struct tick_order *order, const struct tick *ticks, size_t count, size_t symbols)
{
	size_t at = 0;

	memset(order->starts, 0, symbols * sizeof(order->starts[0]));
	for (size_t i = 0; i < count; i++)
		order->starts[ticks[i].symbol]++;
	for (size_t s = 0; s < symbols; s++) {
		size_t length = order->starts[s];

		order->starts[s] = at;
		at += length;
	}
	for (size_t i = 0; i < count; i++)
		order->sorted[order->starts[ticks[i].symbol]++] = ticks[i];
}

const struct tick *
tick_order_sort(struct tick_order *order, const struct tick *ticks, size_t count, size_t symbols)
{
	size_t start = 0;

	if (!make_room(order, count, symbols))
		return NULL;
	distribute(order, ticks, count, symbols);
	for (size_t s = 0; s < symbols; s++) {
		sort_one_symbol(order->sorted + start, order->starts[s] - start);
		start = order->starts[s];
	}
	return order->sorted;
}
