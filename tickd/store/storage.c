#include "tickd/store/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/feed/binance_streams.h"
#include "tickd/store/storage_figures.h"
#include "tickd/store/storage_thread.h"

#define ALIVE_US INT64_C(15000000)	/* longer without a turn: the thread is stuck */

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
	terminal_retention_free(storage->terminals);
	store_free(storage->store);
	database_close(storage->db);
	ring_free(storage->ring);
	free(storage->symbols);
	free(storage->batch);
}

/* Where Binance is not enabled there is nothing of it, and nothing is made. */
static int
create_store(struct storage *storage, struct problem *problem)
{
	static const struct string_list none;
	const struct settings *settings = storage->settings;
	int error = store_create(&storage->store, storage->db, settings->binance.source,
	    settings->binance.enabled ? &settings->binance.symbols : &none,
	    binance_streams_ids(&settings->binance.streams), problem);

	if (error == 0)
		store_leave_imported_holes(storage->store, settings->binance.history_us);
	return error;
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
		error = create_store(storage, problem);
	if (error == 0) {
		storage->terminals = terminal_retention_create(settings, storage->db);
		if (storage->terminals == NULL)
			error = problem_set(problem, -ENOMEM, "out of memory");
	}
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
	storage_show_symbols(storage);
	atomic_store(&storage->turned_at_us, clock_monotonic_us());
	uv_async_init(loop, &storage->async, on_async);
	storage->async.data = storage;
	error = -pthread_create(&storage->thread, NULL, storage_thread, storage);
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
