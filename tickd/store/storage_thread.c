#define _GNU_SOURCE
#include "tickd/store/storage_thread.h"

#include <time.h>

#include "common/clock.h"
#include "common/retention.h"
#include "tickd/store/storage_figures.h"

#define IDLE_WAIT_US INT64_C(500000)	/* the thread turns at least so often */
#define RETRY_MIN_US INT64_C(100000)	/* after a failed commit, doubling ... */
#define RETRY_MAX_US INT64_C(5000000)	/* ... up to this */
#define WAL_CHECK_US INT64_C(1000000)
#define WAL_TRUNCATE_WAIT_MS 100	/* for readers in the way */
#define COLLECT_STEP_US INT64_C(2000)	/* a first tick waits this long in any case */
#define COLLECT_LOAD 256		/* ticks that came in a step: worth another one */

static void
nap(int64_t us)
{
	struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	nanosleep(&pause, NULL);
}

/* Where rows were written since they were woken last: not for a job that only looked. */
static void
wake_readers(struct storage *storage)
{
	int64_t written = sqlite3_total_changes64(database_handle(storage->db)), seq;

	if (written == storage->written_told)
		return;
	storage->written_told = written;
	pthread_mutex_lock(&storage->mutex);
	seq = storage->figures.change_seq;
	pthread_mutex_unlock(&storage->mutex);
	wake_send(storage->wake, DATABASE_TICKS, seq);
}

static void
after_commit(struct storage *storage)
{
	wake_readers(storage);
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
			storage_show_commit(storage, &result);
			storage->batch_count = 0;
			after_commit(storage);
			return true;
		}
		storage->live_error = error;
		storage_show_failure(storage, error);
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

static void
put_off_jobs(struct storage *storage, int error)
{
	storage->job_error = error;
	storage->job_retry_us = next_retry(storage->job_retry_us);
	storage->job_retry_at_us = clock_monotonic_us() + storage->job_retry_us;
	storage_show_failure(storage, error);
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
	static const struct store_result nothing;

	jobs_are_well(storage);
	/* Whoever is told that it is done shall see what it did. */
	storage_show_commit(storage, error < 0 ? &nothing : result);
	storage_jobs_end_first(&storage->jobs, error);
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
		storage_show_commit(storage, &(struct store_result){0});
	}
}

/* When the next slice of what is too old may be deleted. */
static int64_t
deletion_due_us(const struct storage *storage)
{
	return storage->delete_at_us > storage->job_retry_at_us ? storage->delete_at_us :
								  storage->job_retry_at_us;
}

static bool
old_waits(const struct storage *storage)
{
	int64_t now_us = clock_wall_us();

	return retention_waits(&storage->retention, now_us) ||
	    terminal_retention_waits(storage->terminals, now_us);
}

static int
delete_slice(struct storage *storage)
{
	int64_t now_us = clock_wall_us();

	return retention_waits(&storage->retention, now_us) ?
	    retention_turn(&storage->retention, now_us) :
	    terminal_retention_turn(storage->terminals, now_us);
}

/*
 * One slice of what is too old, where live ticks leave the time, and then a rest: a thread and a
 * disk that are busy with nothing but deleting make frames wait three times as long.
 */
static void
delete_old(struct storage *storage)
{
	int64_t began_us = clock_monotonic_us(), rest_us;
	int result;

	if (ring_count(storage->ring) > (size_t)storage->settings->storage.ring / 16 ||
	    began_us < deletion_due_us(storage) || atomic_load(&storage->stopping))
		return;
	result = delete_slice(storage);
	atomic_store(&storage->turned_at_us, clock_monotonic_us());
	if (result > 0) {
		rest_us = RETENTION_REST * (clock_monotonic_us() - began_us);
		storage->delete_at_us = clock_monotonic_us() +
		    (rest_us < RETENTION_REST_US ? RETENTION_REST_US : rest_us);
	}
	if (result < 0) {
		put_off_jobs(storage, result);
	} else if (result > 0) {
		jobs_are_well(storage);
		storage_show_commit(storage, &(struct store_result){0});
		checkpointer_tend(storage->checkpointer);
	} else if (storage->job_error != 0 && !old_waits(storage)) {
		/* What failed went through in the end, or was not to be done any more. */
		jobs_are_well(storage);
		storage_show_commit(storage, &(struct store_result){0});
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
	if (storage_job_may_pass(error))
		put_off_jobs(storage, error);
	else
		end_job(storage, error, &result);
}

/* How long the thread may sleep while no tick comes. */
static int64_t
time_to_spare(struct storage *storage)
{
	int64_t left_us;

	if (storage_jobs_first(&storage->jobs) != NULL || feed_state_waits(storage->feed_state))
		left_us = storage->job_retry_at_us - clock_monotonic_us();
	else if (old_waits(storage))
		left_us = deletion_due_us(storage) - clock_monotonic_us();
	else
		return IDLE_WAIT_US;
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
	storage_show_house(storage, wal_bytes, pinned);
}

void *
storage_thread(void *context)
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
