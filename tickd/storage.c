#define _GNU_SOURCE
#include "tickd/storage.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/checkpointer.h"
#include "common/clock.h"
#include "common/wake.h"
#include "tickd/feed_state.h"
#include "tickd/latency.h"
#include "tickd/retention.h"
#include "tickd/ring.h"
#include "tickd/storage_jobs.h"

#define IDLE_WAIT_US INT64_C(500000)	/* the thread turns at least so often */
#define RETRY_MIN_US INT64_C(100000)	/* after a failed commit, doubling ... */
#define RETRY_MAX_US INT64_C(5000000)	/* ... up to this */
#define ALIVE_US INT64_C(15000000)	/* longer without a turn: the thread is stuck */
#define WAL_CHECK_US INT64_C(1000000)
#define WAL_TRUNCATE_WAIT_MS 100	/* for readers in the way */
#define COLLECT_STEP_US INT64_C(2000)	/* a first tick waits this long in any case */
#define COLLECT_LOAD 256		/* ticks that came in a step: worth another one */

/* Loop thread's: a page of history on its way. */
struct history_page {
	struct storage_job job;
	struct storage *storage;
	struct candle *candles;
	size_t count, symbol;
	int64_t until_us;
};

struct storage {
	const struct settings *settings;
	struct database *db;
	struct store *store;
	struct ring *ring;
	struct checkpointer *checkpointer;
	struct wake_sender *wake;
	struct storage_jobs jobs;
	struct feed_state *feed_state;
	bool history_under_way; /* the loop's */
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
	int64_t retry_us, next_wal_check_us;
	int64_t job_retry_us, job_retry_at_us; /* a job that failed waits, live ticks do not */
	int live_error, job_error;

	/* shared, under the mutex */
	pthread_mutex_t mutex;
	struct storage_figures figures;
	struct store_symbol *symbols;
};

/* ---- what the loop may see ---- */

static void
copy_symbols(struct storage *storage)
{
	int64_t rows = 0;

	for (size_t i = 0; i < storage->settings->binance.symbols.count; i++) {
		store_symbol(storage->store, i, &storage->symbols[i]);
		rows += storage->symbols[i].ticks;
	}
	storage->figures.rows = rows;
}

/* Under the mutex. */
static void
show_failure(struct storage *storage)
{
	storage->figures.failing =
	    storage->live_error != 0 ? storage->live_error : storage->job_error;
}

static void
publish_commit(struct storage *storage, const struct store_result *result)
{
	struct storage_figures *figures = &storage->figures;

	pthread_mutex_lock(&storage->mutex);
	figures->stored += result->stored;
	figures->duplicates += result->duplicates;
	figures->late += result->late;
	figures->too_old += result->too_old;
	figures->gaps_filled += result->gaps_filled;
	figures->commits++;
	figures->commit_longest_us = storage->latency.longest_us;
	if (result->gaps_opened > 0) {
		figures->gaps_opened += result->gaps_opened;
		figures->gap = result->gap;
		figures->gap_symbol = result->gap_symbol;
	}
	if (result->change_seq > 0)
		figures->change_seq = result->change_seq;
	show_failure(storage);
	copy_symbols(storage);
	pthread_mutex_unlock(&storage->mutex);
}

static void
publish_failure(struct storage *storage, int error)
{
	pthread_mutex_lock(&storage->mutex);
	show_failure(storage);
	storage->figures.counters = *database_counters(storage->db);
	snprintf(storage->figures.failing_text, sizeof(storage->figures.failing_text), "%s",
	    error == -EUCLEAN ? "symbols.newest_id is behind the ticks that are stored" :
	    error == -ENOMEM  ? "out of memory" : database_error(storage->db));
	pthread_mutex_unlock(&storage->mutex);
}

/* ---- the thread ---- */

static void
nap(int64_t us)
{
	struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&pause, NULL);
}

static void
after_commit(struct storage *storage)
{
	pthread_mutex_lock(&storage->mutex);
	int64_t seq = storage->figures.change_seq;
	pthread_mutex_unlock(&storage->mutex);
	wake_send(storage->wake, DATABASE_TICKS, seq);
	uv_async_send(&storage->async);
	checkpointer_tend(storage->checkpointer);
}

static int64_t
next_retry(int64_t retry_us)
{
	retry_us = retry_us == 0 ? RETRY_MIN_US : 2 * retry_us;
	return retry_us > RETRY_MAX_US ? RETRY_MAX_US : retry_us;
}

/* Waits before the next try; ends early when the program stops. */
static void
back_off(struct storage *storage)
{
	int64_t until_us;

	storage->retry_us = next_retry(storage->retry_us);
	uv_async_send(&storage->async);
	until_us = clock_monotonic_us() + storage->retry_us;
	while (!atomic_load(&storage->stopping) && clock_monotonic_us() < until_us) {
		atomic_store(&storage->turned_at_us, clock_monotonic_us());
		nap(RETRY_MIN_US / 2);
	}
}

/* Tries until the batch is stored; false when it gave up because the program stops. */
static bool
store_batch(struct storage *storage)
{
	struct store_result result;

	for (;;) {
		int64_t started_us = clock_monotonic_us();
		int error = store_write(storage->store, storage->batch, storage->batch_count,
		    clock_wall_us(), &result);

		atomic_store(&storage->turned_at_us, clock_monotonic_us());
		if (error == 0) {
			latency_add(&storage->latency, clock_monotonic_us() - started_us);
			storage->live_error = 0;
			storage->retry_us = 0;
			publish_commit(storage, &result);
			storage->batch_count = 0;
			after_commit(storage);
			return true;
		}
		storage->live_error = error;
		publish_failure(storage, error);
		if (atomic_load(&storage->stopping))
			return false;
		back_off(storage);
	}
}

/*
 * The first tick waits for company: a moment where few come, for waiting longer would only make
 * them late; up to commit_delay under load, for large batches are cheap; never for a full batch.
 */
static void
collect(struct storage *storage)
{
	int64_t left_us = storage->settings->storage.commit_delay_us;
	size_t wanted = (size_t)storage->settings->storage.batch, count = ring_count(storage->ring);
	bool under_load = true;

	while (left_us > 0 && count < wanted && under_load && !atomic_load(&storage->stopping)) {
		nap(left_us < COLLECT_STEP_US ? left_us : COLLECT_STEP_US);
		left_us -= COLLECT_STEP_US;
		count = ring_count(storage->ring);
		under_load = count >= COLLECT_LOAD;
	}
	storage->batch_count = ring_take(storage->ring, storage->batch, wanted);
}

/* ---- jobs ---- */

static bool
may_pass(int error)
{
	return error == -EAGAIN || error == -ENOSPC || error == -EIO || error == -ENOMEM;
}

static void
put_off_jobs(struct storage *storage, int error)
{
	storage->job_error = error;
	storage->job_retry_us = next_retry(storage->job_retry_us);
	storage->job_retry_at_us = clock_monotonic_us() + storage->job_retry_us;
	publish_failure(storage, error);
	uv_async_send(&storage->async);
}

static void
jobs_are_well(struct storage *storage)
{
	storage->job_error = 0;
	storage->job_retry_us = storage->job_retry_at_us = 0;
}

static void
end_job(struct storage *storage, int error, const struct store_result *result)
{
	jobs_are_well(storage);
	storage_jobs_end_first(&storage->jobs, error);
	if (error < 0) {
		uv_async_send(&storage->async);
		return;
	}
	publish_commit(storage, result);
	after_commit(storage);
}

static void
save_feed_state(struct storage *storage)
{
	int error = feed_state_save(storage->feed_state);

	if (error < 0) {
		put_off_jobs(storage, error);
	} else if (storage->job_error != 0) {
		jobs_are_well(storage);
		publish_commit(storage, &(struct store_result){0});
	}
}

/* One slice of what is too old, where live ticks leave the time. */
static void
delete_old(struct storage *storage)
{
	int result;

	if (ring_count(storage->ring) > (size_t)storage->settings->storage.ring / 16 ||
	    clock_monotonic_us() < storage->job_retry_at_us || atomic_load(&storage->stopping))
		return;
	result = retention_turn(&storage->retention, clock_wall_us());
	atomic_store(&storage->turned_at_us, clock_monotonic_us());
	if (result < 0) {
		put_off_jobs(storage, result);
	} else if (result > 0) {
		jobs_are_well(storage);
		publish_commit(storage, &(struct store_result){0});
		checkpointer_tend(storage->checkpointer);
	}
}

/* At most one, and never where live ticks would wait for it. */
static void
run_job(struct storage *storage)
{
	struct storage_job *job = storage_jobs_first(&storage->jobs);
	struct store_result result = {0};
	int error;

	if (ring_count(storage->ring) > (size_t)storage->settings->storage.ring / 2 ||
	    clock_monotonic_us() < storage->job_retry_at_us)
		return;
	if (feed_state_waits(storage->feed_state)) {
		save_feed_state(storage);
		return;
	}
	if (job == NULL)
		return;
	error = job->run(job, storage->store, storage->db, &result);
	atomic_store(&storage->turned_at_us, clock_monotonic_us());
	if (may_pass(error))
		put_off_jobs(storage, error);
	else
		end_job(storage, error, &result);
}

/* How long the thread may sleep while no tick comes. */
static int64_t
time_to_spare(struct storage *storage)
{
	int64_t left_us;

	if (storage_jobs_first(&storage->jobs) == NULL && !feed_state_waits(storage->feed_state) &&
	    !retention_waits(&storage->retention, clock_wall_us()))
		return IDLE_WAIT_US;
	left_us = storage->job_retry_at_us - clock_monotonic_us();
	return left_us < 0 ? 0 : left_us < IDLE_WAIT_US ? left_us : IDLE_WAIT_US;
}

/* The last thing: what a feed wanted to be remembered; one try. */
static void
save_all_feed_state(struct storage *storage)
{
	while (feed_state_waits(storage->feed_state))
		if (feed_state_save(storage->feed_state) < 0)
			return;
}

/* Once a second: sizes, percentiles, and a write-ahead log that has grown too long. */
static void
keep_house(struct storage *storage)
{
	int64_t now_us = clock_monotonic_us();
	int64_t wal_bytes;
	bool pinned = false;

	if (now_us < storage->next_wal_check_us)
		return;
	storage->next_wal_check_us = now_us + WAL_CHECK_US;
	wal_bytes = database_wal_bytes(storage->db);
	if (wal_bytes > storage->settings->storage.wal_limit_bytes) {
		pinned = database_truncate_wal(storage->db, WAL_TRUNCATE_WAIT_MS) < 0;
		wal_bytes = database_wal_bytes(storage->db);
	}
	pthread_mutex_lock(&storage->mutex);
	storage->figures.wal_bytes = wal_bytes;
	storage->figures.wal_pinned = pinned;
	storage->figures.size_bytes = database_size_bytes(storage->db);
	storage->figures.counters = *database_counters(storage->db);
	storage->figures.commit_p50_us = latency_percentile(&storage->latency, 500);
	storage->figures.commit_p99_us = latency_percentile(&storage->latency, 990);
	pthread_mutex_unlock(&storage->mutex);
}

static void *
run(void *context)
{
	struct storage *storage = context;

	pthread_setname_np(pthread_self(), "storage");
	for (;;) {
		bool stopping = atomic_load(&storage->stopping);

		atomic_store(&storage->turned_at_us, clock_monotonic_us());
		if (ring_count(storage->ring) > 0) {
			collect(storage);
			if (!store_batch(storage))
				return NULL;
		} else if (stopping) {
			save_all_feed_state(storage);
			return NULL;
		} else {
			ring_wait(storage->ring, time_to_spare(storage));
		}
		run_job(storage);
		delete_old(storage);
		keep_house(storage);
	}
}

/* ---- the loop's side ---- */

static void
on_async(uv_async_t *async)
{
	struct storage *storage = async->data;

	storage_jobs_tell(&storage->jobs);
	storage->callback(storage->context);
}

bool
storage_push(struct storage *storage, const struct tick *tick)
{
	return ring_push(storage->ring, tick);
}

size_t
storage_room(const struct storage *storage)
{
	return ring_room(storage->ring);
}

void
storage_submit(struct storage *storage, struct storage_job *job)
{
	storage_jobs_add(&storage->jobs, job);
	ring_wake(storage->ring);
}

static int
run_history(struct storage_job *job, struct store *store, struct database *db,
    struct store_result *ret)
{
	const struct history_page *page = (const struct history_page *)job;
	int result = store_add_history(store, page->symbol, page->candles, page->count,
	    page->until_us);

	/* Whatever it is, the page is tried until it is stored. */
	return result < 0 ? -EIO : 0;
}

static void
on_history_done(struct storage_job *job, int result)
{
	struct history_page *page = (struct history_page *)job;

	page->storage->history_under_way = false;
	free(page->candles);
	free(page);
}

int
storage_add_history(struct storage *storage, size_t symbol, const struct candle *candles,
    size_t count, int64_t until_us)
{
	struct history_page *page;

	if (storage->history_under_way)
		return -EBUSY;
	page = calloc(1, sizeof(*page));
	if (page == NULL)
		return -ENOMEM;
	page->candles = calloc(count + 1, sizeof(*candles));
	if (page->candles == NULL) {
		free(page);
		return -ENOMEM;
	}
	memcpy(page->candles, candles, count * sizeof(*candles));
	page->job = (struct storage_job){.run = run_history, .done = on_history_done};
	page->storage = storage;
	page->count = count;
	page->symbol = symbol;
	page->until_us = until_us;
	storage->history_under_way = true;
	storage_submit(storage, &page->job);
	return 0;
}

const char *
storage_recall(const struct storage *storage, const char *name)
{
	return feed_state_get(storage->feed_state, name);
}

void
storage_remember(struct storage *storage, const char *name, const char *value)
{
	(void)!feed_state_set(storage->feed_state, name, value);
	ring_wake(storage->ring);
}

void
storage_figures(struct storage *storage, struct storage_figures *ret)
{
	pthread_mutex_lock(&storage->mutex);
	*ret = storage->figures;
	pthread_mutex_unlock(&storage->mutex);
}

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret)
{
	assert(symbol < storage->settings->binance.symbols.count);
	pthread_mutex_lock(&storage->mutex);
	*ret = storage->symbols[symbol];
	pthread_mutex_unlock(&storage->mutex);
}

bool
storage_alive(struct storage *storage)
{
	return clock_monotonic_us() - atomic_load(&storage->turned_at_us) < ALIVE_US;
}

/* ---- the whole ---- */

static void
free_parts(struct storage *storage)
{
	checkpointer_stop(storage->checkpointer);
	wake_sender_free(storage->wake);
	feed_state_free(storage->feed_state);
	store_free(storage->store);
	database_close(storage->db);
	ring_free(storage->ring);
	free(storage->symbols);
	free(storage->batch);
}

static enum tick_ids
live_ids(const struct settings *settings)
{
	for (size_t i = 0; i < settings->binance.streams.count; i++)
		if (strcmp(settings->binance.streams.items[i], "aggTrade") == 0)
			return TICK_IDS_AGGREGATE;
	return TICK_IDS_TRADE;
}

static int
create_parts(struct storage *storage, struct problem *problem)
{
	static const char *const readers[] = {"analysisd", "logd"};
	const struct settings *settings = storage->settings;
	int error;

	storage->ring = ring_create((size_t)settings->storage.ring);
	storage->batch = calloc((size_t)settings->storage.batch, sizeof(storage->batch[0]));
	storage->symbols =
	    calloc(settings->binance.symbols.count + 1, sizeof(storage->symbols[0]));
	if (storage->ring == NULL || storage->batch == NULL || storage->symbols == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	error = database_open(&storage->db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
	    settings->paths.state_dir, problem);
	if (error == 0)
		error = store_create(&storage->store, storage->db, settings->binance.source,
		    &settings->binance.symbols, live_ids(settings), problem);
	if (error == 0) {
		error = feed_state_create(&storage->feed_state, storage->db,
		    settings->binance.source);
		if (error < 0)
			problem_set(problem, error, "feed_state cannot be read: %s",
			    database_error(storage->db));
	}
	if (error == 0)
		error = wake_sender_create(&storage->wake, settings->paths.runtime_dir, readers, 2,
		    problem);
	if (error == 0)
		error = checkpointer_start(&storage->checkpointer, storage->db, problem);
	return error;
}

int
storage_create(struct storage **ret, const struct settings *settings, uv_loop_t *loop,
    storage_callback *callback, void *context, struct problem *problem)
{
	struct storage *storage = calloc(1, sizeof(*storage));
	int error;

	if (storage == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	storage->settings = settings;
	storage->callback = callback;
	storage->context = context;
	pthread_mutex_init(&storage->mutex, NULL);
	storage_jobs_init(&storage->jobs);
	error = create_parts(storage, problem);
	if (error < 0)
		goto free_storage;
	retention_init(&storage->retention, settings, storage->store);
	copy_symbols(storage);
	atomic_store(&storage->turned_at_us, clock_monotonic_us());
	uv_async_init(loop, &storage->async, on_async);
	storage->async.data = storage;
	error = -pthread_create(&storage->thread, NULL, run, storage);
	if (error < 0) {
		problem_set(problem, error, "no storage thread: %s", strerror(-error));
		uv_close((uv_handle_t *)&storage->async, NULL);
		uv_run(loop, UV_RUN_NOWAIT);
		goto free_storage;
	}
	*ret = storage;
	return 0;

free_storage:
	free_parts(storage);
	storage_jobs_finish(&storage->jobs);
	pthread_mutex_destroy(&storage->mutex);
	free(storage);
	return error;
}

static void
on_closed(uv_handle_t *handle)
{
	struct storage *storage = handle->data;

	storage_jobs_finish(&storage->jobs);
	pthread_mutex_destroy(&storage->mutex);
	free(storage);
}

int64_t
storage_stop(struct storage *storage)
{
	int64_t left;

	atomic_store(&storage->stopping, true);
	ring_wake(storage->ring);
	pthread_join(storage->thread, NULL);
	left = (int64_t)(storage->batch_count + ring_count(storage->ring));
	storage_jobs_cancel(&storage->jobs);
	free_parts(storage);
	uv_close((uv_handle_t *)&storage->async, on_closed);
	return left;
}
