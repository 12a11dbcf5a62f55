/*
 * The candles of the store: slots in memory, read back from their ticks where they are not, written
 * when they differ from what is stored.  Inside a transaction of the store's.
 */
#ifndef TICKD_STORE_CANDLES_H
#define TICKD_STORE_CANDLES_H

#include "tickd/store/store_state.h"

/* A slot is over when the symbol traded in a later one, or the source's clock has passed it. */
bool
store_slot_over(const struct store *store, const struct symbol *symbol, int64_t slot_us);

/* The same, as it was when the batch began. */
bool
store_slot_was_over(const struct store *store, const struct symbol *symbol, int64_t slot_us);

/* The slot if it is in memory, else NULL. */
struct slot *
store_cached_slot(struct symbol *symbol, int64_t slot_us);

/* The slot, read back from its ticks where it is not in memory.  Valid until the next call. */
__attribute__((warn_unused_result)) int
store_load_slot(struct store *store, struct symbol *symbol, int64_t slot_us, struct slot **ret);

/* Writes the slot's candle, of a symbol that is touched, if it is another than the stored one. */
__attribute__((warn_unused_result)) int
store_write_slot(struct store *store, struct symbol *symbol, struct slot *slot);

/* Both, for the slot that holds time_us; nothing where its ticks were deleted by age. */
__attribute__((warn_unused_result)) int
store_settle_slot(struct store *store, struct symbol *symbol, int64_t time_us);

/* The same for all in store->beside. */
__attribute__((warn_unused_result)) int
store_settle_neighbours(struct store *store);

#endif
