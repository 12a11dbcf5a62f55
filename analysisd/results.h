/*
 * Writes analysis_results, and how far each symbol has been analysed, in one transaction.
 *
 * A result that is there already, equal to the byte, is not touched: its created_us stays.
 */
#ifndef ANALYSISD_RESULTS_H
#define ANALYSISD_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database.h"

struct results;

struct result {
	const char *source, *symbol, *analysis_type, *timeframe;
	int64_t time_us; /* open time of the candle */
	const char *text; /* JSON */
	double confidence;
	int64_t input_revision;
	bool stays; /* a row of the same input_revision is left as it is, whatever it says */
};

/* See analysis_progress in common/schema.c. */
struct progress {
	int64_t first_us, next_us, changes_seq;
	int64_t history_us; /* TICK_NONE: none */
	int64_t results;
	int64_t made_by; /* see made_by.h; 0: it is not known */
};

/*
 * `db` (analysis_data.db, writable) is borrowed.  `created`: the clock for created_us; NULL is the
 * wall clock, a replay gives its own.  Errors as database_step().
 */
__attribute__((warn_unused_result)) int
results_create(struct results **ret, struct database *db, int64_t (*created)(void));

void
results_free(struct results *results);

__attribute__((warn_unused_result)) int
results_begin(struct results *results);

__attribute__((warn_unused_result)) int
results_commit(struct results *results);

/* What was written since results_begin() is undone; also after an error. */
void
results_rollback(struct results *results);

/* Returns 1 for a new row, 0 for one that was there (changed or not), -errno. */
__attribute__((warn_unused_result)) int
results_write(struct results *results, const struct result *result);

/*
 * Deletes the row of that key, should there be one: what the bar is now does not let it be said.
 * Returns 1, 0 where there was none, -errno.
 */
__attribute__((warn_unused_result)) int
results_remove(struct results *results, const struct result *result);

__attribute__((warn_unused_result)) int
results_write_progress(struct results *results, const char *source, const char *symbol,
    const struct progress *progress);

/* Returns 1, 0 for a symbol that was never analysed, -errno. */
__attribute__((warn_unused_result)) int
results_read_progress(struct results *results, const char *source, const char *symbol,
    struct progress *ret);

/* Notes that all symbols are analysed as they are after changes_seq. */
__attribute__((warn_unused_result)) int
results_write_seen(struct results *results, int64_t changes_seq);

/* Deletes the oldest results of candles before before_us, `limit` at the most: their number. */
__attribute__((warn_unused_result)) int
results_delete(struct results *results, const char *source, const char *symbol, int64_t before_us,
    int limit);

#endif
