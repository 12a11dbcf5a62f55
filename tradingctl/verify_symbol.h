/*
 * All stored ticks of one symbol, once through: ids, candles, counter.
 *
 * The pass reads pages, each a snapshot of its own, so that it pins no write-ahead log; the writer
 * may go on.  What does not fit there is looked at again in one snapshot (verify_slot,
 * verify_holes) before it is called wrong.
 */
#ifndef TRADINGCTL_VERIFY_SYMBOL_H
#define TRADINGCTL_VERIFY_SYMBOL_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/symbols.h"
#include "tradingctl/verify_holes.h"

#define VERIFY_PAGE_ROWS 20000 /* about 15 ms of reading */

struct symbol_report {
	int64_t rows;	       /* read by the pass */
	int64_t ids;	       /* trades with ids of the venue */
	int64_t first_id, last_id; /* valid where ids > 0 */
	int64_t candles;       /* recomputed */
	int64_t complete;      /* of those, complete */
	struct hole_counts hole_counts;
	json_t *holes; /* owned */
	struct findings findings;
};

/* Told after each page how many rows were read since the last time. */
typedef void verify_progress(void *context, int64_t rows);

/* Returns 0 or -errno with the sentence; *ret is to be finished in either case. */
__attribute__((warn_unused_result)) int
verify_symbol(struct database *db, const struct symbol_row *symbol, verify_progress *progress,
    void *context, struct symbol_report *ret, struct problem *problem);

void
symbol_report_finish(struct symbol_report *report);

#endif
