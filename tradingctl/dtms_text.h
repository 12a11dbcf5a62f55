/* Members of dtms_rows.h as words for people.  What is null, or absent, is "-". */
#ifndef TRADINGCTL_DTMS_TEXT_H
#define TRADINGCTL_DTMS_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define DTMS_TEXT_SIZE 128

/* A string as it is (cut to size), an integer, true as "yes"; a real with the digits it needs. */
const char *
dtms_text(const json_t *object, const char *key, char buffer[static DTMS_TEXT_SIZE]);

/* A score: two decimals and its sign. */
const char *
dtms_text_score(const json_t *score, char buffer[static DTMS_TEXT_SIZE]);

/* "flat 01:14:30, recovery over": the timers that run; "-" for none. */
const char *
dtms_text_timers(const json_t *trade, char buffer[static DTMS_TEXT_SIZE]);

/* "WARNING_L1 > WARNING_L2", or one state where both are the same. */
const char *
dtms_text_states(const json_t *row, char buffer[static DTMS_TEXT_SIZE]);

/* A string of any length; "-" for none.  As long as the object lives. */
const char *
dtms_text_whole(const json_t *object, const char *key);

/* A line for each source: up to where it is decided, and whether its actions are off. */
void
dtms_text_print_sources(const json_t *sources, FILE *out);

/* True when DTMS is off for any of them. */
bool
dtms_text_is_off(const json_t *sources);

#endif
