/*
 * All symbols as they are read and analysed, in turns that end at a deadline, each in one
 * transaction; and what is too old, in slices.
 */
#ifndef ANALYSISD_MARKETS_H
#define ANALYSISD_MARKETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analysisd/market_reader.h"
#include "analysisd/market_table.h"
#include "common/settings.h"

struct markets;

/*
 * `reader`, `analysis_db` (writable) and the name in *keep are borrowed.  Errors as
 * database_step().
 */
__attribute__((warn_unused_result)) int
markets_create(struct markets **ret, struct market_reader *reader, struct database *analysis_db,
    const struct sources_keep *keep, struct problem *problem);

/*
 * From now on symbols are compared with those of other sources that the aliases of `settings`
 * (borrowed) pair them with, and the hours in which they are traded are looked at; before the first
 * turn, once.  Errors as database_prepare().
 */
__attribute__((warn_unused_result)) int
markets_pair(struct markets *markets, const struct settings *settings);

void
markets_free(struct markets *markets);

/*
 * Looks at symbols, clocks and changes, then analyses what is due until budget_us is used up.
 * Returns 1 when there is more to do, 0 when not (now: what changed may have to wait, then
 * `pending` says so); *ret_wrote says whether results were committed.  After -errno, with *problem
 * filled, all was rolled back and `markets` knows more than is stored: free it.
 */
__attribute__((warn_unused_result)) int
markets_turn(struct markets *markets, int64_t budget_us, bool *ret_wrote,
    struct problem *problem);

/*
 * Deletes, in a transaction, at most `limit` results that are older than their source keeps them.
 * Returns their number, or -errno as markets_turn() does.
 */
__attribute__((warn_unused_result)) int
markets_retain(struct markets *markets, int limit, struct problem *problem);

/*
 * Analyses one closed bar afresh, from what is stored, in a transaction: the bar that opens at
 * time_us, or with TICK_NONE the newest.  Rows that are missing or differ are written, as far as
 * they are kept.  `source` may be NULL where no other one has the symbol.  *ret_answer is the
 * caller's: {"source", "symbol", "timeframe", "time", "results": {TYPE: {.., "confidence"}}}.
 *
 * Returns 0; -ENOENT no such symbol or bar; -EINVAL a symbol of several sources, or a time at which
 * no bar opens; -EBUSY a bar that is not closed; others as database_step(); with *problem filled.
 * `markets` stays what it was after each of them.
 */
__attribute__((warn_unused_result)) int
markets_analyse(struct markets *markets, const char *source, const char *symbol,
    enum timeframe timeframe, int64_t time_us, json_t **ret_answer, struct problem *problem);

/*
 * How far the clock of a source was from the next slot's closing when it was last read, the
 * smallest of all; INT64_MAX without any.
 */
int64_t
markets_until_close(const struct markets *markets);

/* Symbols and clocks as they were last read; lives as long as `markets`. */
const struct market_table *
markets_table(const struct markets *markets);

/* From now on `callback` is told of each change that is read, before anything is analysed. */
void
markets_on_change(struct markets *markets, market_change_callback *callback, void *context);

void
markets_figures(const struct markets *markets, struct markets_figures *ret);

#endif
