/*
 * The ids of one symbol that are not stored: which of them the ledger knows, and which nobody.
 *
 * The writer may go on meanwhile.  What is stored stays stored, and what is not was in the ledger
 * from the moment on in which it could be missed; so the ledger is read after the ids, and what
 * neither knows is looked for once more: what came in between is found there.
 */
#ifndef TRADINGCTL_VERIFY_HOLES_H
#define TRADINGCTL_VERIFY_HOLES_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/id_runs.h"
#include "tradingctl/symbol_marks.h"
#include "tradingctl/symbols.h"

struct hole_counts {
	int64_t holes;		/* parts of holes, as listed */
	int64_t open_ids;	/* missing, and the ledger says that they are to come */
	int64_t unfillable_ids; /* missing, and the ledger says why they never come */
	int64_t unknown_ids;	/* missing, and the ledger does not know: a fault */
};

/*
 * Looks at every hole in the settled runs, `marks` being of the snapshot of their end.  Appends
 * {kind, first_id, last_id, ids, from, to, state, reason} to `holes` (an array, FINDINGS_MAX entries
 * at the most; kind is "loss" or "unfillable", state is the ledger's or "unknown") and adds what is
 * wrong with the ledger, or not in it, to findings.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
verify_holes(struct database *db, const struct symbol_row *symbol, const struct id_runs *runs,
    const struct symbol_marks *marks, json_t *holes, struct hole_counts *ret_counts,
    struct findings *findings);

#endif
