/*
 * analysisd as it is, without its loop: the scenario says when it looks.  It can be killed at any
 * write of its database, and goes on from what is stored.
 */
#ifndef TESTS_WATCH_WATCHED_H
#define TESTS_WATCH_WATCHED_H

#include <jansson.h>

#include "common/database.h"
#include "common/settings.h"

void
watched_begin(const struct settings *settings);

/* Analyses and decides all that is due. */
void
watched_look(void);

/* kill -9 and a new start. */
void
watched_kill(void);

/* From now on it is killed at every n-th write of its database; 0: no more. */
void
watched_kill_every(int writes);

/* How often it was killed by that. */
int
watched_kills(void);

/* The answer to a question, a new reference. */
json_t *
watched_ask(json_t *request);

struct database *
watched_database(void);

/* Alerts told since the beginning. */
int
watched_alerts(void);

void
watched_end(void);

#endif
