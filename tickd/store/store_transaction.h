/*
 * A transaction of the store's: what is in memory is that of the database before it and after it,
 * whether it was committed or not.
 */
#ifndef TICKD_STORE_TRANSACTION_H
#define TICKD_STORE_TRANSACTION_H

#include "tickd/store/store_state.h"

/* Everything in memory anew from the database. */
__attribute__((warn_unused_result)) int
store_reload(struct store *store);

/* Returns 0 with a transaction begun and *ret zero, or -errno without one. */
__attribute__((warn_unused_result)) int
store_begin(struct store *store, int64_t now_us, struct store_result *ret);

/*
 * The end of what was begun, `result` being how it went: candles that the clock closes and symbols
 * that were touched are written, then all is committed, or all is undone.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
store_end(struct store *store, int result);

#endif
