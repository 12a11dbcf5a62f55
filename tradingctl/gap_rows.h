/*
 * The ledger of gaps as rows for people and programs: an array of objects
 * {source, symbol, first_id, last_id, ids, missing, filled, percent, missing_first_id,
 * missing_last_id, from, to, opened, closed, state, reason}, times as text in UTC, null for none.
 */
#ifndef TRADINGCTL_GAP_ROWS_H
#define TRADINGCTL_GAP_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "common/database.h"
#include "tradingctl/symbols.h"

/*
 * Reads the gaps of `only`, or of all symbols where that is NULL; filled ones where they are asked
 * for.  *ret is the caller's reference.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
gap_rows_read(struct database *db, const struct symbol_row *only, bool filled, json_t **ret);

/*
 * Totals of rows that stand symbol by symbol: an array of {source, symbol, gaps, ids, missing,
 * filled, percent, unfillable}; `missing` is what is to come, `unfillable` what never will.  A new
 * reference, NULL: out of memory.  Pure.
 */
json_t *
gap_rows_totals(const json_t *rows);

#endif
