/* analysis_data.db as the commands open it, and analysisd as they ask it. */
#ifndef TRADINGCTL_ANALYSIS_DATABASE_H
#define TRADINGCTL_ANALYSIS_DATABASE_H

#include <jansson.h>

#include "common/database.h"
#include "common/settings.h"
#include "tradingctl/symbols.h"

/* Opens it for reading.  Returns 0, or the exit status with the sentence said. */
__attribute__((warn_unused_result)) int
analysis_database_open(struct database **ret, const struct settings *settings);

/*
 * Reads SOURCE and SYMBOL, the first two columns of a query, as symbols to be found by name.
 * Returns 0 or -errno; symbols_free() in either case.
 */
__attribute__((warn_unused_result)) int
analysis_database_symbols(struct database *db, const char *sql, struct symbols *ret);

/*
 * Asks analysisd at RUNTIME/analysisd/control.sock.  Takes the question; NULL is out of memory.
 * Returns 0 with the answer, the caller's reference; otherwise the exit status with the sentence
 * said: 1 where analysisd refuses, 69 where it does not run, 75 not now, 77 not permitted.
 */
__attribute__((warn_unused_result)) int
analysisd_ask(const struct settings *settings, json_t *question, json_t **ret_answer);

#endif
