/*
 * The symbols of the store in memory: what their rows say, and which of them the batch under way has
 * to do with.
 *
 * There may be other stores of the same source on the same connection (an import, retention): where
 * one of them has written, a row is read again before it is changed.
 */
#ifndef TICKD_STORE_SYMBOLS_H
#define TICKD_STORE_SYMBOLS_H

#include "tickd/store/store_state.h"

/* Row, gaps and no slots, as they are stored; the row is inserted where it is missing. */
__attribute__((warn_unused_result)) int
store_read_symbol(struct store *store, struct symbol *symbol);

/*
 * Within a transaction, before anything of the symbol is changed: its row is as stored, and will be
 * saved at the end.
 */
__attribute__((warn_unused_result)) int
store_touch(struct store *store, struct symbol *symbol);

/* A batch begins: whether other stores of our source have written since our last one. */
__attribute__((warn_unused_result)) int
store_look_for_others(struct store *store);

/* The batch is committed, or all was read anew: what is in memory is what is stored. */
void
store_settle_symbols(struct store *store);

/* What is in memory of slots before that time. */
void
store_forget_slots(struct symbol *symbol, int64_t before_us);

#endif
