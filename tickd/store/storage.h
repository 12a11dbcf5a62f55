/*
 * The storage thread: takes ticks from the ring, commits them in batches, wakes the readers of what
 * was written.
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
#include "tickd/store/store.h"

struct storage;

/* What the thread has done, copied out whole. */
struct storage_figures {
	int64_t stored, duplicates, late, too_old, gaps_opened, gaps_filled, commits;
	int64_t commit_p50_us, commit_p99_us, commit_longest_us; /* of live ticks */
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
 * Work for the storage thread between two batches of live ticks, in transactions of its own: pages
 * of a backfill, of history, of an import.  Embedded in what the work needs.
 */
struct storage_job {
	/*
	 * Storage thread.  0, or -errno with nothing changed: what may pass (-ENOSPC, -EIO, -EAGAIN,
	 * -ENOMEM) is tried again with back-off, the rest ends the job.  ret, zero at first, may
	 * say what was stored.
	 */
	int (*run)(struct storage_job *job, struct store *store, struct database *db,
	    struct store_result *ret);
	/*
	 * Loop thread, once: the result of run(), or -ECANCELED where the storage stops.  The job
	 * is its maker's again, who may free it or submit another (not when cancelled).
	 */
	void (*done)(struct storage_job *job, int result);
	struct storage_job *next; /* the queue's */
	int result;
};

/* Of a job's errors: it is tried again. */
bool
storage_job_may_pass(int error);

/*
 * Any thread, until storage_stop().  Jobs run in their order, one after each live batch, and wait
 * while less than half of the ring is free.
 */
void
storage_submit(struct storage *storage, struct storage_job *job);

/*
 * Loop thread: what the feed of the settings' source wanted to be remembered over a restart (a row
 * of feed_state), NULL when there is none.  Valid until the next storage_remember() of that name.
 */
const char *
storage_recall(const struct storage *storage, const char *name);

/*
 * Loop thread: stored as a job is; a later one of that name replaces an earlier.  Without memory
 * the earlier one stays.
 */
void
storage_remember(struct storage *storage, const char *name, const char *value);

void
storage_figures(struct storage *storage, struct storage_figures *ret);

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret);

/* True while the thread turns, also when it waits for a disk. */
bool
storage_alive(struct storage *storage);

/*
 * Stores what is in the ring, ends the thread, tells the jobs that wait and closes the database;
 * then frees by the loop.
 * Returns the number of ticks that could not be stored (the exchange still has them).
 */
int64_t
storage_stop(struct storage *storage);

#endif
