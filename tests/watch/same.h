/*
 * Whether a replay of everything gives the rows that are stored.
 */
#ifndef TESTS_WATCH_SAME_H
#define TESTS_WATCH_SAME_H

#include "common/settings.h"

/* What to replay with, and from when on. */
void
same_begin(const struct settings *settings, int64_t from_us);

/* Fails the scenario where a trade, check, action, fact or analysis differs. */
void
same_as_replayed(void);

#endif
