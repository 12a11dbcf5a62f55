/*
 * The storage thread: takes ticks from the ring, commits them in batches, wakes the readers.
 *
 * It alone touches the tick database.  Where a commit fails (full disk, I/O error) the batch is
 * kept and tried again with back-off, the ring fills, and the feed waits: nothing is dropped.
 */
#ifndef TICKD_STORAGE_H
#define TICKD_STORAGE_H

#include <stdbool.h>
#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "common/tick.h"
#include "tickd/store.h"

struct storage;

/* What the thread has done, copied out whole. */
struct storage_figures {
	int64_t stored, duplicates, late, gaps_opened, gaps_filled, commits;
	int64_t commit_p50_us, commit_p99_us, commit_longest_us;
	int64_t size_bytes, wal_bytes, rows;
	struct database_counters counters;
	int64_t change_seq;
	struct gap gap;		/* the newest one opened, if gaps_opened is not 0 */
	size_t gap_symbol;
	int failing;		/* -errno while commits fail, else 0 */
	char failing_text[160];
	bool wal_pinned;	/* over its limit, and a reader keeps it from shrinking */
};

/* Called on the loop after commits, once for any number of them. */
typedef void storage_callback(void *context);

/*
 * Opens the database as its writer and starts the thread.  `settings` (with the symbols, whose
 * indices are tick.symbol) and the loop outlive it.
 */
__attribute__((warn_unused_result)) int
storage_create(struct storage **ret, const struct settings *settings, uv_loop_t *loop,
    storage_callback *callback, void *context, struct problem *problem);

/* Loop thread: false when the ring is full. */
__attribute__((warn_unused_result)) bool
storage_push(struct storage *storage, const struct tick *tick);

/* Loop thread: free places in the ring, and all of them. */
size_t
storage_room(const struct storage *storage);

/*
 * Loop thread: hands over a page of history (see store_add_history).  The candles are copied.
 * -EBUSY while an earlier page is not stored yet: wait for the callback.
 */
__attribute__((warn_unused_result)) int
storage_add_history(struct storage *storage, size_t symbol, const struct candle *candles,
    size_t count, int64_t until_us);

void
storage_figures(struct storage *storage, struct storage_figures *ret);

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret);

/* True while the thread turns, also when it waits for a disk. */
bool
storage_alive(struct storage *storage);

/*
 * Stores what is in the ring, ends the thread and closes the database; then frees by the loop.
 * Returns the number of ticks that could not be stored (the exchange still has them).
 */
int64_t
storage_stop(struct storage *storage);

#endif
