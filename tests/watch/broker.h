/*
 * A venue that does what it is told: it looks at what is pending as the bridge does, obeys, and
 * says what became of it; it may also close what has reached its stop.
 */
#ifndef TESTS_WATCH_BROKER_H
#define TESTS_WATCH_BROKER_H

#include "tests/watch/venue.h"

/* What it said of a position: it knows its own ones. */
void
broker_note(const char *kind, const struct venue_words *words);

void
broker_begin(bool with_stops);

/* Its turn, after each look of analysisd's.  Nothing happens before broker_begin(). */
void
broker_turn(void);

void
broker_end(void);

#endif
