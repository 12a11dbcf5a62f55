/*
 * How long the tick database keeps what was written: ticks, candles, gaps and changes beyond their
 * settings are deleted slice by slice, each slice a transaction, between the live batches.  This is
 * of one source; terminal_retention.h has all those of terminals.
 *
 * Market data is as old as the source's clock says; only what is ours (when a gap was closed, when a
 * change was told) goes by our clock.  Symbols that the store does not name are not touched.
 */
#ifndef TICKD_RETENTION_H
#define TICKD_RETENTION_H

#include <stdbool.h>

#include "common/settings.h"
#include "tickd/store/store.h"

#define RETENTION_SLICE 2000 /* rows a transaction: a live batch waits for one slice at the most */

struct retention {
	const struct settings *settings;
	struct store *store;
	int64_t round_us;   /* the clock's slot for which the last round was made, or is */
	int64_t our_us;	    /* the same of our clock, by the hour */
	bool market_only;   /* neither gaps nor changes */
	int step;	    /* of the round: ticks, candles ... */
	size_t symbol;	    /* within the step */
	bool under_way;
};

/* `settings` and `store` outlive it. */
void
retention_init(struct retention *retention, const struct settings *settings, struct store *store);

/* The same of ticks and candles alone, once: from now on, by that clock of the source. */
void
retention_begin_round(struct retention *retention, const struct settings *settings,
    struct store *store, int64_t clock_us);

/* Whether retention_turn() would do something; now_us is the wall clock. */
bool
retention_waits(const struct retention *retention, int64_t now_us);

/*
 * Deletes a slice, if there is one.  Returns 0 when it changed nothing (there may be more to do all
 * the same), or -errno with nothing changed: the next turn tries again.
 */
__attribute__((warn_unused_result)) int
retention_turn(struct retention *retention, int64_t now_us);

#endif
