/* What can be counted of one symbol, rows and changes, against what is noted of it. */
#ifndef TRADINGCTL_VERIFY_COUNTS_H
#define TRADINGCTL_VERIFY_COUNTS_H

#include <stdbool.h>

#include "common/database.h"
#include "tradingctl/findings.h"

/*
 * Compares the counters of the symbol with its rows, counted in one snapshot: candles, and ticks
 * where that is asked for (half a second for ten million).  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
verify_counts(struct database *db, int64_t symbol_id, bool ticks, struct findings *findings);

/*
 * Compares revisions with the changes that were told: each told change of a candle raises its
 * revision, but the one that made it.  Of slots from before the oldest change that is kept nothing
 * is known.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
verify_revisions(struct database *db, int64_t symbol_id, struct findings *findings);

/*
 * Ticks from before frozen_us are deleted slice by slice: wrong are those that do not become fewer
 * within wait_ms.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
verify_frozen(struct database *db, int64_t symbol_id, int64_t frozen_us, int wait_ms,
    struct findings *findings);

#endif
