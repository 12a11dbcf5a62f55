/*
 * The ledger of gaps of one symbol, feed_gaps: read in one snapshot, checked against itself and
 * against the ids that are stored.
 */
#ifndef TRADINGCTL_VERIFY_LEDGER_H
#define TRADINGCTL_VERIFY_LEDGER_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/id_runs.h"
#include "tradingctl/ledger.h"
#include "tradingctl/symbol_marks.h"

/* What the ledger says is missing, by the first missing id; zero-initialise. */
struct ledger_gaps {
	struct ledger_gap *items;
	size_t count, capacity;
};

/*
 * Reads what is missing, and adds rows that contradict themselves to findings.
 * Returns 0 or -errno; free in either case.
 */
__attribute__((warn_unused_result)) int
verify_ledger_read(struct database *db, int64_t symbol_id, struct ledger_gaps *ret,
    struct findings *findings);

void
ledger_gaps_free(struct ledger_gaps *gaps);

/*
 * Adds to findings: gaps that overlap, gaps whose ids are stored (`runs`, settled, were read before
 * the gaps), gaps of ids that were never seen (`marks` were read after them).  Pure.
 */
void
verify_ledger_check(const struct ledger_gaps *gaps, const struct id_runs *runs,
    const struct symbol_marks *marks, struct findings *findings);

#endif
