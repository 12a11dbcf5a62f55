/*
 * The fake of storage.h: the real store on a real database, without a thread.  A commit happens a
 * moment after the first tick or job, by the virtual clock.
 */
#include "tests/scenario/storage_side.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tickd/feed/binance_streams.h"
#include "tickd/store/retention.h"

#define COMMIT_AFTER_US INT64_C(5000)
#define RETRY_US INT64_C(100000)
#define RING_FULL 32768 /* small enough to be filled by a script */
#define VALUE_SIZE 16384
#define VALUES_MAX 16

struct value {
	char name[64], text[VALUE_SIZE];
};

struct storage {
	const struct settings *settings;
	struct database *db;
	struct store *store;
	storage_callback *callback;
	void *context;
	struct retention retention;
	uint64_t event; /* 0: no commit is due */
	struct storage_job *first, *last;
	struct store_result sum;
	size_t count;
	struct tick ring[RING_FULL];
	struct value values[VALUES_MAX];
};

static bool disk_broken;

static void commit_later(struct storage *storage, int64_t delay_us);

void
storage_side_break(bool broken)
{
	disk_broken = broken;
}

static void
add_result(struct storage *storage, const struct store_result *result)
{
	storage->sum.stored += result->stored;
	storage->sum.duplicates += result->duplicates;
	storage->sum.gaps_opened += result->gaps_opened;
	storage->sum.gaps_filled += result->gaps_filled;
}

static void
run_job(struct storage *storage)
{
	struct storage_job *job = storage->first;
	struct store_result result = {0};

	storage->first = job->next;
	if (storage->first == NULL)
		storage->last = NULL;
	job->result = job->run(job, storage->store, storage->db, &result);
	add_result(storage, &result);
	if (job->done != NULL)
		job->done(job, job->result);
}

static void
on_commit(void *context)
{
	struct storage *storage = context;
	struct store_result result;

	storage->event = 0;
	if (disk_broken) {
		commit_later(storage, RETRY_US);
		return;
	}
	if (storage->count > 0) {
		int error = store_write(storage->store, storage->ring, storage->count,
		    clock_wall_us(), &result);

		if (error < 0)
			scenario_fail("storing fails: %s", database_error(storage->db));
		add_result(storage, &result);
		storage->count = 0;
	}
	if (storage->first != NULL)
		run_job(storage);
	if (retention_turn(&storage->retention, clock_wall_us()) < 0)
		scenario_fail("deleting fails: %s", database_error(storage->db));
	if (storage->first != NULL || storage->count > 0)
		commit_later(storage, COMMIT_AFTER_US);
	storage->callback(storage->context);
}

static void
commit_later(struct storage *storage, int64_t delay_us)
{
	if (storage->event == 0)
		storage->event = outside_after(delay_us, on_commit, storage);
}

/* ---- storage.h ---- */

static void
load_values(struct storage *storage)
{
	sqlite3_stmt *statement;
	int count = 0;

	if (database_prepare(storage->db, "SELECT name, value FROM feed_state WHERE source = ?1",
		&statement) < 0)
		scenario_fail("feed_state: %s", database_error(storage->db));
	sqlite3_bind_text(statement, 1, storage->settings->binance.source, -1, SQLITE_STATIC);
	while (database_step(storage->db, statement) == 1 && count < VALUES_MAX) {
		struct value *value = &storage->values[count++];

		snprintf(value->name, sizeof(value->name), "%s",
		    (const char *)sqlite3_column_text(statement, 0));
		snprintf(value->text, sizeof(value->text), "%s",
		    (const char *)sqlite3_column_text(statement, 1));
	}
	sqlite3_finalize(statement);
}

int
storage_create(struct storage **ret, const struct settings *settings, uv_loop_t *loop,
    storage_callback *callback, void *context, struct problem *problem)
{
	struct storage *storage = calloc(1, sizeof(*storage));
	int error;

	if (storage == NULL)
		return -ENOMEM;
	storage->settings = settings;
	storage->callback = callback;
	storage->context = context;
	error = database_open(&storage->db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE,
	    settings->paths.state_dir, problem);
	if (error == 0)
		error = store_create(&storage->store, storage->db, settings->binance.source,
		    &settings->binance.symbols,
		    binance_streams_ids(&settings->binance.streams), problem);
	/* Nobody pulls the plug here: the waits for the disk are left out. */
	if (error == 0)
		error = database_execute(storage->db, "PRAGMA synchronous=OFF");
	if (error < 0)
		return error;
	retention_init(&storage->retention, settings, storage->store);
	load_values(storage);
	*ret = storage;
	return 0;
}

bool
storage_push(struct storage *storage, const struct tick *tick)
{
	if (storage->count == RING_FULL)
		scenario_fail("the feed reads on although storage has no room");
	storage->ring[storage->count++] = *tick;
	commit_later(storage, COMMIT_AFTER_US);
	return true;
}

size_t
storage_room(const struct storage *storage)
{
	return RING_FULL - storage->count;
}

void
storage_submit(struct storage *storage, struct storage_job *job)
{
	job->next = NULL;
	if (storage->last != NULL)
		storage->last->next = job;
	else
		storage->first = job;
	storage->last = job;
	commit_later(storage, COMMIT_AFTER_US);
}

static struct value *
find_value(const struct storage *storage, const char *name)
{
	for (int i = 0; i < VALUES_MAX; i++)
		if (strcmp(storage->values[i].name, name) == 0)
			return (struct value *)&storage->values[i];
	return NULL;
}

const char *
storage_recall(const struct storage *storage, const char *name)
{
	const struct value *value = find_value(storage, name);

	return value == NULL ? NULL : value->text;
}

void
storage_remember(struct storage *storage, const char *name, const char *text)
{
	struct value *value = find_value(storage, name);
	sqlite3_stmt *statement;

	if (value == NULL)
		value = find_value(storage, "");
	if (value == NULL || strlen(text) >= VALUE_SIZE)
		scenario_fail("%s: too much to remember", name);
	snprintf(value->name, sizeof(value->name), "%s", name);
	snprintf(value->text, sizeof(value->text), "%s", text);
	if (database_prepare(storage->db,
		"INSERT OR REPLACE INTO feed_state(source, name, value) VALUES(?1, ?2, ?3)",
		&statement) < 0)
		scenario_fail("feed_state: %s", database_error(storage->db));
	sqlite3_bind_text(statement, 1, storage->settings->binance.source, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
	(void)!database_step(storage->db, statement);
	sqlite3_finalize(statement);
}

void
storage_figures(struct storage *storage, struct storage_figures *ret)
{
	*ret = (struct storage_figures){
		.stored = storage->sum.stored,
		.duplicates = storage->sum.duplicates,
		.gaps_opened = storage->sum.gaps_opened,
		.gaps_filled = storage->sum.gaps_filled,
		.failing = disk_broken ? -ENOSPC : 0,
	};
}

void
storage_symbol(struct storage *storage, size_t symbol, struct store_symbol *ret)
{
	store_symbol(storage->store, symbol, ret);
}

bool
storage_alive(struct storage *storage)
{
	return true;
}

int64_t
storage_stop(struct storage *storage)
{
	struct storage_job *job;
	int64_t left;

	outside_cancel(storage->event);
	if (storage->count > 0 && !disk_broken)
		on_commit(storage);
	outside_cancel(storage->event);
	while ((job = storage->first) != NULL) {
		storage->first = job->next;
		job->done(job, -ECANCELED);
	}
	left = (int64_t)storage->count;
	store_free(storage->store);
	database_close(storage->db);
	free(storage);
	return left;
}

/* ---- the script's side ---- */

void
storage_side_die(struct storage *storage)
{
	storage->count = 0;
	outside_cancel(storage->event);
	storage->event = 0;
}

struct database *
storage_side_database(struct storage *storage)
{
	return storage->db;
}
