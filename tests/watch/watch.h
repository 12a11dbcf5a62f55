/*
 * What the parts of the player share: a folder with real databases, and how a scenario fails.
 */
#ifndef TESTS_WATCH_WATCH_H
#define TESTS_WATCH_WATCH_H

#include <stdint.h>

/* Ends the scenario: FILE:LINE: the sentence. */
__attribute__((format(printf, 1, 2), noreturn)) void
watch_fail(const char *format, ...);

/* The state_dir of this scenario, removed at its end. */
const char *
watch_folder(void);

#endif
