/*
 * Ticks, candles and analyses out of the databases, a page at a time: rows are copied and the
 * read transaction is over before a function returns.
 */
#ifndef LOGD_QUERY_H
#define LOGD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/tick.h"
#include "logd/readers.h"

/* Rows with from <= time < to.  Without `newest`, the first `limit`; with it, the last. */
struct query_range {
	int64_t symbol_id;
	int64_t from_us, to_us;
	int64_t after_us, after_id; /* ticks only: rows behind this key; INT64_MIN for all */
	size_t limit;
	bool newest;
};

struct query_tick {
	struct tick tick;
	int64_t trade_count; /* of an aggregate, else 1 */
};

/*
 * Both fill a new array, the caller's to free, in order of time whatever `newest` is, and say
 * whether the range holds more rows than the limit.  Returns 0; -ENOMEM; -errno of readers.h.
 */
__attribute__((warn_unused_result)) int
query_ticks(struct readers *readers, const struct query_range *range, struct query_tick **ret_ticks,
    size_t *ret_count, bool *ret_more, struct problem *problem);

/*
 * Candles of `slot_us`, a multiple of M5, made of the stored M5 candles: `complete` when all of
 * these are and a candle after the slot is there.  Revisions are summed: any change raises it.
 */
__attribute__((warn_unused_result)) int
query_candles(struct readers *readers, const struct query_range *range, int64_t slot_us,
    struct candle **ret_candles, size_t *ret_count, bool *ret_more, struct problem *problem);

/* The newest tick.  Returns 1, 0 when there is none, or -errno. */
__attribute__((warn_unused_result)) int
query_newest_tick(struct readers *readers, int64_t symbol_id, struct query_tick *ret_tick,
    struct problem *problem);

/* What a row of analysis_results says; texts are valid until the callback returns. */
struct query_analysis {
	const char *type, *timeframe, *result; /* result: JSON */
	int64_t time_us;
	double confidence; /* NAN where it cannot be said */
};

typedef void query_analysis_callback(void *context, const struct query_analysis *analysis);

/*
 * Of each of `types`, a JSON array of names, the newest M5 analysis of a symbol, in their order; one
 * that has none is left out.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
query_analyses(struct readers *readers, const char *source, const char *symbol, const char *types,
    query_analysis_callback *callback, void *context, struct problem *problem);

#endif
