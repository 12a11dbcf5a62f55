/*
 * What a scenario expects of what is stored.
 */
#ifndef TESTS_WATCH_EXPECT_H
#define TESTS_WATCH_EXPECT_H

#include <jansson.h>

/* The rest of an EXPECT line; `answer` is of the last question, may be NULL. */
void
expect_line(char *words, const json_t *answer);

#endif
