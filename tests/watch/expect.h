/*
 * What a scenario expects of what is stored.
 */
#ifndef TESTS_WATCH_EXPECT_H
#define TESTS_WATCH_EXPECT_H

#include <jansson.h>
#include <stdbool.h>

/* What was found instead. */
struct expectation {
	char text[1200];
};

/*
 * The rest of an EXPECT line, which it cuts to pieces; `answer` is of the last question, may be
 * NULL.  False with *failed filled.
 */
bool
expect_holds(char *words, const json_t *answer, struct expectation *failed);

#endif
