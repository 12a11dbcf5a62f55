/*
 * The ids of the store: which ticks are surely new, which ids are missing.  Inside a transaction of
 * the store's.
 */
#ifndef TICKD_STORE_IDS_H
#define TICKD_STORE_IDS_H

#include "tickd/store_state.h"

/*
 * Takes the ticks in the order of their coming apart into store->fresh and store->known, moves the
 * clocks on, and opens a gap wherever the ids of a symbol jump.
 */
__attribute__((warn_unused_result)) int
store_note_arrivals(struct store *store, const struct tick *ticks, size_t count);

/*
 * A stored trade that came late may close a hole; then the candles beside it, which go to
 * store->beside, may be complete.
 */
__attribute__((warn_unused_result)) int
store_fill_gap(struct store *store, struct symbol *symbol, const struct tick *tick);

#endif
