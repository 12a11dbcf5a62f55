/*
 * Ticks in the order of their key: symbol, time, id.  What is inserted in key order touches each
 * page of the table once.
 */
#ifndef TICKD_TICK_ORDER_H
#define TICKD_TICK_ORDER_H

#include <stddef.h>

#include "common/tick.h"

struct tick_order;

/* NULL: out of memory. */
struct tick_order *
tick_order_create(void);

void
tick_order_free(struct tick_order *order);

/*
 * Returns the ticks sorted, valid until the next call, or NULL when out of memory.  Every
 * tick.symbol is below `symbols`.  Linear where each symbol's ticks come in order, as they do.
 */
const struct tick *
tick_order_sort(struct tick_order *order, const struct tick *ticks, size_t count, size_t symbols);

#endif
