/*
 * What a feed wants to be remembered over a restart: the rows of feed_state of one source.  Set and
 * looked up on the loop thread, saved on the storage thread.
 */
#ifndef TICKD_FEED_STATE_H
#define TICKD_FEED_STATE_H

#include <stdbool.h>

#include "common/database.h"

struct feed_state;

/* Reads the rows of the source.  `db` and `source` outlive it. */
__attribute__((warn_unused_result)) int
feed_state_create(struct feed_state **ret, struct database *db, const char *source);

void
feed_state_free(struct feed_state *state);

/* The value, or NULL; valid until it is set again. */
const char *
feed_state_get(const struct feed_state *state, const char *name);

/* -ENOMEM leaves the old value. */
__attribute__((warn_unused_result)) int
feed_state_set(struct feed_state *state, const char *name, const char *value);

/* Any thread: whether a value waits to be saved. */
bool
feed_state_waits(struct feed_state *state);

/* Storage thread: saves one that waits, if any does.  Returns 0 or -errno: it waits on. */
__attribute__((warn_unused_result)) int
feed_state_save(struct feed_state *state);

#endif
