/*
 * All stored ticks of one symbol, once through: ids, candles, counters.
 *
 * The pass reads pages, each a snapshot of its own, so that it pins no write-ahead log; the writer
 * may go on.  What does not fit there is looked at again in one snapshot (verify_slot) or once more
 * (verify_holes) before it is called wrong.
 */
#ifndef TRADINGCTL_VERIFY_SYMBOL_H
#define TRADINGCTL_VERIFY_SYMBOL_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/halts.h"
#include "tradingctl/id_runs.h"
#include "tradingctl/symbols.h"
#include "tradingctl/verify_holes.h"

#define VERIFY_PAGE_ROWS 20000 /* about 15 ms of reading */

struct symbol_report {
	int64_t rows;		   /* read by the pass */
	int64_t ids;		   /* trades with ids of the venue */
	int64_t first_id, last_id; /* valid where ids > 0 */
	struct id_runs runs;	   /* the ranges of ids that are stored; owned */
	int64_t candles;	   /* recomputed */
	int64_t complete;	   /* of those, complete */
	struct halts halts;	   /* pauses in which no id is missing */
	struct hole_counts hole_counts;
	json_t *holes; /* owned */
	struct findings findings;
};

struct verify_rules {
	int64_t candles_kept_us; /* older ones may have been deleted; 0: none was */
	int frozen_wait_ms;	 /* so long ticks that are to be deleted may stay as they are */
};

/* Told after each page how many rows were read since the last time. */
typedef void verify_progress(void *context, int64_t rows);

/* Returns 0 or -errno with the sentence; *ret is to be finished in either case. */
__attribute__((warn_unused_result)) int
verify_symbol(struct database *db, const struct symbol_row *symbol,
    const struct verify_rules *rules, verify_progress *progress, void *context,
    struct symbol_report *ret, struct problem *problem);

void
symbol_report_finish(struct symbol_report *report);

#endif
