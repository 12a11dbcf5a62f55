/*
 * What retention deletes from the store, each call one transaction.  What is deleted never comes
 * back: ticks of that age are passed over, and their candles stay as they are.
 */
#ifndef TICKD_STORE_PRUNE_H
#define TICKD_STORE_PRUNE_H

#include "tickd/store/store.h"

/*
 * Ticks before edge_us, a slot's edge, are to be deleted: from now on they do not count, and
 * symbols.frozen_us says so, before the first is deleted.  Gaps of that age are given up.  Returns
 * 1, or 0 without such ticks, or -errno.
 */
__attribute__((warn_unused_result)) int
store_freeze(struct store *store, size_t symbol, int64_t edge_us, int64_t now_us);

/* Deletes the oldest `limit` of them at the most.  Returns how many, 0 when none are left, -errno. */
__attribute__((warn_unused_result)) int
store_delete_ticks(struct store *store, size_t symbol, int limit);

/* The same of candles before before_us; those of slots whose ticks are kept stay. */
__attribute__((warn_unused_result)) int
store_delete_candles(struct store *store, size_t symbol, int64_t before_us, int limit);

/*
 * The same of gaps closed before closed_us (our clock): filled ones of any symbol, and of this one
 * unfillable ones among deleted ticks.
 */
__attribute__((warn_unused_result)) int
store_delete_gaps(struct store *store, size_t symbol, int64_t closed_us, int limit);

/* The same of changes told before told_us (our clock). */
__attribute__((warn_unused_result)) int
store_delete_changes(struct store *store, int64_t told_us, int limit);

#endif
