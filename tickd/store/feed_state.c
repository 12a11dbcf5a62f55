#define _GNU_SOURCE
#include "tickd/store/feed_state.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	char *name, *value;
	uint64_t version, saved; /* it waits while they differ */
};

struct feed_state {
	struct database *db;
	const char *source;
	sqlite3_stmt *write;
	/* Held to change what is there; the loop thread, which alone changes it, reads without. */
	pthread_mutex_t mutex;
	struct entry *entries;
};

static struct entry *
find(const struct feed_state *state, const char *name)
{
	struct entry *entry = state->entries;

	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

/* A new one that is saved, without a value. */
static struct entry *
add(struct feed_state *state, const char *name)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->name = strdup(name);
	if (entry->name == NULL) {
		free(entry);
		return NULL;
	}
	pthread_mutex_lock(&state->mutex);
	entry->next = state->entries;
	state->entries = entry;
	pthread_mutex_unlock(&state->mutex);
	return entry;
}

static int
load_row(struct feed_state *state, sqlite3_stmt *row)
{
	const char *name = (const char *)sqlite3_column_text(row, 0);
	const char *value = (const char *)sqlite3_column_text(row, 1);
	struct entry *entry = name == NULL || value == NULL ? NULL : add(state, name);

	if (entry == NULL)
		return -ENOMEM;
	entry->value = strdup(value);
	return entry->value == NULL ? -ENOMEM : 0;
}

static int
load(struct feed_state *state)
{
	sqlite3_stmt *row;
	int result = database_prepare(state->db,
	    "SELECT name, value FROM feed_state WHERE source = ?1", &row);

	if (result < 0)
		return result;
	sqlite3_bind_text(row, 1, state->source, -1, SQLITE_STATIC);
	while ((result = database_step(state->db, row)) == 1) {
		result = load_row(state, row);
		if (result < 0)
			break;
	}
	sqlite3_finalize(row);
	return result;
}

int
feed_state_create(struct feed_state **ret, struct database *db, const char *source)
{
	struct feed_state *state = calloc(1, sizeof(*state));
	int result;

	if (state == NULL)
		return -ENOMEM;
	state->db = db;
	state->source = source;
	pthread_mutex_init(&state->mutex, NULL);
	result = database_prepare(db, "INSERT OR REPLACE INTO feed_state(source, name, value)"
				      " VALUES(?1, ?2, ?3)", &state->write);
	if (result == 0)
		result = load(state);
	if (result < 0) {
		feed_state_free(state);
		return result;
	}
	*ret = state;
	return 0;
}

void
feed_state_free(struct feed_state *state)
{
	if (state == NULL)
		return;
	while (state->entries != NULL) {
		struct entry *entry = state->entries;

		state->entries = entry->next;
		free(entry->name);
		free(entry->value);
		free(entry);
	}
	sqlite3_finalize(state->write);
	pthread_mutex_destroy(&state->mutex);
	free(state);
}

const char *
feed_state_get(const struct feed_state *state, const char *name)
{
	const struct entry *entry = find(state, name);

	return entry == NULL ? NULL : entry->value;
}

/*
 * gcc's analyzer does not follow the list's entries across the lock: to it, the value that is stored
 * in one is lost.
 */
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

int
feed_state_set(struct feed_state *state, const char *name, const char *value)
{
	struct entry *entry = find(state, name);
	char *copy;

	if (entry != NULL && entry->value != NULL && strcmp(entry->value, value) == 0)
		return 0;
	if (entry == NULL)
		entry = add(state, name);
	copy = entry == NULL ? NULL : strdup(value);
	if (copy == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&state->mutex);
	free(entry->value);
	entry->value = copy;
	entry->version++;
	pthread_mutex_unlock(&state->mutex);
	return 0;
}

#pragma GCC diagnostic pop

/* Under the mutex. */
static struct entry *
waiting(const struct feed_state *state)
{
	struct entry *entry = state->entries;

	while (entry != NULL && entry->version == entry->saved)
		entry = entry->next;
	return entry;
}

bool
feed_state_waits(struct feed_state *state)
{
	bool waits;

	pthread_mutex_lock(&state->mutex);
	waits = waiting(state) != NULL;
	pthread_mutex_unlock(&state->mutex);
	return waits;
}

int
feed_state_save(struct feed_state *state)
{
	char *value = NULL;
	struct entry *entry;
	uint64_t version = 0;
	int result;

	pthread_mutex_lock(&state->mutex);
	entry = waiting(state);
	if (entry != NULL) {
		value = strdup(entry->value);
		version = entry->version;
	}
	pthread_mutex_unlock(&state->mutex);
	if (value == NULL)
		return entry == NULL ? 0 : -ENOMEM;
	/* The disk may take its time: the loop thread does not wait for it. */
	sqlite3_bind_text(state->write, 1, state->source, -1, SQLITE_STATIC);
	sqlite3_bind_text(state->write, 2, entry->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(state->write, 3, value, -1, SQLITE_STATIC);
	result = database_step(state->db, state->write);
	sqlite3_reset(state->write);
	sqlite3_clear_bindings(state->write);
	free(value);
	if (result < 0)
		return result;
	pthread_mutex_lock(&state->mutex);
	entry->saved = version;
	pthread_mutex_unlock(&state->mutex);
	return 0;
}
