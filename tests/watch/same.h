/*
 * Whether a replay of everything gives the rows that are stored.
 */
#ifndef TESTS_WATCH_SAME_H
#define TESTS_WATCH_SAME_H

#include <stdint.h>

#include "common/settings.h"

/* What to replay with, and from when on. */
void
same_begin(const struct settings *settings, int64_t from_us);

/*
 * Each fails the scenario at the first difference.  A trade, check, action, fact or analysis; where
 * a ticket is given, only what is stored of that trade.
 */
void
same_as_replayed(const char *ticket);

/* Analyses and facts alone. */
void
same_analyses(void);

/* A replay that begins at from_us against what is stored of the time after it. */
void
same_from(int64_t from_us);

/* Two replays, byte by byte. */
void
same_twice(void);

#endif
