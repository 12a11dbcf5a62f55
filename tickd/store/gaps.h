/*
 * The gap ledger, feed_gaps: which trade ids of a symbol are known to be missing.  Written in the
 * transaction of the tick that showed the hole, shortened in that of the ticks that fill it.
 *
 * A row keeps the ids that it was opened with; what is still missing of them stands beside and is
 * NULL once the row is filled.  A row that is filled in its middle becomes two, which share its ids.
 * open -> filling (a page filled a part) -> filled, or unfillable with the reason; what comes after
 * all fills an unfillable one as well.
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

/* What the ledger says of one symbol, kept in memory by who writes to it. */
struct gaps_totals {
	int64_t due_count;	/* rows open or filling */
	int64_t due_ids;	/* ids missing in them */
	int64_t unfillable;	/* rows given up */
	int64_t top;		/* no larger id is missing, unfillable ones included; -1 without any */
	struct gap due;		/* the one with the smallest id; first_id is TICK_NONE without one */
	bool stale;		/* top and due are to be read again: top may be too large */
};

/* `db` is tickd's writer and outlives the ledger. */
__attribute__((warn_unused_result)) int
gaps_create(struct gaps **ret, struct database *db);

void
gaps_free(struct gaps *gaps);

/* Everything in the totals from the rows. */
__attribute__((warn_unused_result)) int
gaps_read_totals(struct gaps *gaps, int64_t symbol_id, struct gaps_totals *ret);

/* `top` and `due`, where they are stale. */
__attribute__((warn_unused_result)) int
gaps_refresh(struct gaps *gaps, int64_t symbol_id, struct gaps_totals *totals);

/* A row of state open, or with a reason not to fill it, of state unfillable. */
__attribute__((warn_unused_result)) int
gaps_open(struct gaps *gaps, int64_t symbol_id, const struct gap *gap, const char *reason,
    int64_t now_us, struct gaps_totals *totals);

/*
 * The gap that the id is missing in is open again, if it was unfillable for this reason and spans
 * most_us at the most by now.
 */
__attribute__((warn_unused_result)) int
gaps_reopen(struct gaps *gaps, int64_t symbol_id, int64_t id, const char *reason, int64_t most_us,
    struct gaps_totals *totals);

/* What gaps_fill_range() did: what was missing before, and how much of it came. */
struct gaps_filled {
	struct gap was;
	int64_t ids;
	bool closed; /* all of it */
};

/*
 * The ids run_of->first_id..last_id are there, the first at from_us, the last at to_us.  Returns 1
 * when some of them lay in a gap, of which one row is shortened, split or closed; 0 when none does
 * (any more): call it until then.  What is left of the gap is `filling` when it came by a page.
 */
__attribute__((warn_unused_result)) int
gaps_fill_range(struct gaps *gaps, int64_t symbol_id, const struct gap *run_of, bool page,
    int64_t now_us, struct gaps_totals *totals, struct gaps_filled *ret);

/* The ids of first_id..last_id that are open or filling never come. */
__attribute__((warn_unused_result)) int
gaps_give_up(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id,
    const char *reason, int64_t now_us, struct gaps_totals *totals);

/* The same for gaps whose missing ids are of ticks before before_us, from the smallest id on. */
__attribute__((warn_unused_result)) int
gaps_give_up_before(struct gaps *gaps, int64_t symbol_id, int64_t before_us, const char *reason,
    int64_t now_us, struct gaps_totals *totals);

/* The gap that the id is missing in: 1, or 0 when it is not. */
__attribute__((warn_unused_result)) int
gaps_find(struct gaps *gaps, int64_t symbol_id, int64_t id, struct gap *ret);

/* 1 when an id of first..last is missing, 0 when none is. */
__attribute__((warn_unused_result)) int
gaps_touch(struct gaps *gaps, int64_t symbol_id, int64_t first_id, int64_t last_id);

/*
 * Deletes up to `limit` rows closed before closed_before_us: filled ones of any symbol.  Returns
 * how many, or -errno.
 */
__attribute__((warn_unused_result)) int
gaps_delete_filled(struct gaps *gaps, int64_t closed_before_us, int limit);

/* The same for unfillable ones of one symbol whose ticks would be older than ticks_before_us. */
__attribute__((warn_unused_result)) int
gaps_delete_unfillable(struct gaps *gaps, int64_t symbol_id, int64_t closed_before_us,
    int64_t ticks_before_us, int limit, struct gaps_totals *totals);

#endif
