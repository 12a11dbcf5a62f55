/*
 * What the storage is made of, shared by its parts: storage (the loop's side), storage_thread and
 * storage_figures (what the one shows to the other).  Nobody else includes this.
 */
#ifndef TICKD_STORAGE_STATE_H
#define TICKD_STORAGE_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/checkpointer.h"
#include "common/wake.h"
#include "tickd/store/feed_state.h"
#include "tickd/store/latency.h"
#include "tickd/store/retention.h"
#include "tickd/store/ring.h"
#include "tickd/store/storage.h"
#include "tickd/store/storage_jobs.h"
#include "tickd/store/terminal_retention.h"

struct storage {
	const struct settings *settings;
	struct database *db;
	struct store *store; /* of [binance], without symbols where that is not enabled */
	struct ring *ring;
	struct checkpointer *checkpointer;
	struct wake_sender *wake;
	struct storage_jobs jobs;
	struct feed_state *feed_state;
	pthread_t thread;
	uv_async_t async;
	storage_callback *callback;
	void *context;
	atomic_bool stopping;
	_Atomic int64_t turned_at_us;

	/* the thread's own */
	struct tick *batch;
	size_t batch_count;
	struct latency latency;
	struct retention retention;
	struct terminal_retention *terminals;
	int64_t retry_us, next_wal_check_us;
	int64_t job_retry_us, job_retry_at_us; /* a job that failed waits, live ticks do not */
	int64_t delete_at_us;		       /* the next slice of what is too old */
	int64_t written_told;		       /* rows written by then, when readers were woken */
	int live_error, job_error;

	/* shared, under the mutex */
	pthread_mutex_t mutex;
	struct storage_figures figures;
	int64_t other_rows; /* in figures.rows: of other stores on the same database */
	struct store_symbol *symbols;
};

#endif
