/*
 * The words of a scenario's line, one after another (strtok() goes on where script_line() began).
 */
#ifndef TESTS_WATCH_WORDS_H
#define TESTS_WATCH_WORDS_H

#include <stdint.h>

/* Each ends the scenario where it is not there, or not what it should be; `what` names it. */
char *
script_word(const char *what);

double
script_number(const char *what);

/* "90s" in microseconds. */
int64_t
script_duration(const char *text);

#endif
