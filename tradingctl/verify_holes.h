/*
 * Holes in the ids of one symbol, looked at again in one snapshot together with the ledger: what
 * is missing, and whether feed_gaps knows it.
 */
#ifndef TRADINGCTL_VERIFY_HOLES_H
#define TRADINGCTL_VERIFY_HOLES_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/id_runs.h"
#include "tradingctl/symbols.h"

struct hole_counts {
	int64_t holes;	      /* parts of holes, as listed */
	int64_t reported_ids; /* missing, and the ledger says so */
	int64_t unknown_ids;  /* missing, and the ledger does not know */
};

/*
 * Looks at every hole between the settled runs.  Appends {first_id, last_id, ids, state, reason}
 * to `holes` (an array, FINDINGS_MAX entries at the most; state is the ledger's or "unknown"), adds
 * unknown holes, and gaps that are open though nothing is missing, to findings.
 * Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
verify_holes(struct database *db, const struct symbol_row *symbol, const struct id_runs *runs,
    json_t *holes, struct hole_counts *ret_counts, struct findings *findings);

#endif
