/*
 * What a backfill knows of one symbol, and when its oldest gap may be asked for.  Pure: the ledger
 * and the time come in.
 */
#ifndef TICKD_BACKFILL_DUE_H
#define TICKD_BACKFILL_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "tickd/store/store.h"

#define BACKFILL_FRESH_US INT64_C(2000000) /* so long late frames may close a gap by themselves */
#define BACKFILL_RETRY_MIN_US INT64_C(1000000) /* where an answer ends too early, doubling */
#define BACKFILL_RETRY_MAX_US INT64_C(30000000)

struct backfill_due {
	struct gap gap;	       /* the oldest one of the ledger; first_id is TICK_NONE without one */
	bool more;	       /* it is not the only one */
	int64_t newest_id, newest_us;
	int64_t backfilled;    /* ids that pages have filled since the start */
	int64_t seen_us;       /* monotonic: when it was seen first */
	int64_t not_before_us; /* monotonic */
	int retries;	       /* in a row */
	int pages;	       /* of this symbol on their way into storage ... */
	int64_t next_id;       /* ... and the id behind them */
	int refusals;	       /* "no such symbol", in a row */

	/* The gap that is being filled, as it was at the beginning. */
	int64_t first_id, last_id; /* TICK_NONE: none */
	int64_t begun_us, fetched, given_up;
};

void
backfill_due_init(struct backfill_due *due);

/* What the ledger says now.  Returns how many ids pages have filled since the last time. */
int64_t
backfill_due_update(struct backfill_due *due, const struct store_symbol *stored, int64_t now_us);

/* True once nothing is missing any more of the gap that is being filled. */
bool
backfill_due_closed(const struct backfill_due *due);

/* The id to ask from; TICK_NONE while there is nothing to ask. */
int64_t
backfill_due_from(const struct backfill_due *due);

/*
 * What one page from that id on may bring: to the end of the gap; where there are more gaps, as far
 * as a page reaches, for a call costs the same and little gaps come in storms.  Never what the
 * stream is still about to bring.
 */
struct gap
backfill_due_page(const struct backfill_due *due, int64_t from_id);

/* When it may be asked for, by the monotonic clock. */
int64_t
backfill_due_at(const struct backfill_due *due);

/* It was of no use: later, then. */
void
backfill_due_retry(struct backfill_due *due, int64_t now_us);

#endif
