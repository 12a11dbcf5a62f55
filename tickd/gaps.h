/*
 * The gap ledger, feed_gaps: which trade ids of a symbol are known to be missing.  Written in the
 * transaction of the tick that showed the hole, shortened in that of a tick that fills it.
 */
#ifndef TICKD_GAPS_H
#define TICKD_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database.h"

struct gaps;

/* A hole: ids first..last are missing between a tick at from_us and one at to_us. */
struct gap {
	int64_t first_id, last_id;
	int64_t from_us, to_us;
};

/* `db` is tickd's writer and outlives the ledger. */
__attribute__((warn_unused_result)) int
gaps_create(struct gaps **ret, struct database *db);

void
gaps_free(struct gaps *gaps);

/* A row of state open. */
__attribute__((warn_unused_result)) int
gaps_open(struct gaps *gaps, int64_t symbol_id, const struct gap *gap, int64_t now_us);

/*
 * The id has come after all, at time_us.  Returns 1 and the gap as it was when the id lay in one
 * (the row is shortened, split or closed as filled), 0 when it did not.
 */
__attribute__((warn_unused_result)) int
gaps_fill(struct gaps *gaps, int64_t symbol_id, int64_t id, int64_t time_us, int64_t now_us,
    struct gap *ret_gap);

/* 1 when an id of first..last is missing, 0 when none is. */
__attribute__((warn_unused_result)) int
gaps_touch(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id);

/* How many gaps of the symbol are not filled, and the largest id in them (-1 without gaps). */
__attribute__((warn_unused_result)) int
gaps_summary(struct gaps *gaps, int64_t symbol_id, int64_t *ret_count, int64_t *ret_top);

#endif
