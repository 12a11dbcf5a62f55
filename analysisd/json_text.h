/*
 * Writes one JSON object whose bytes depend on the values alone: keys in the order of the calls,
 * doubles with the fewest digits that read back to the same double, no spaces.  The text is
 * bounded; what does not fit is a bug of ours.  Keys and words are names of ours: never escaped.
 * What stands in a list has no key: NULL.
 */
#ifndef ANALYSISD_JSON_TEXT_H
#define ANALYSISD_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_TEXT_SIZE 4096 /* bytes with the NUL; the analyses are about 1000 */
#define JSON_TEXT_FIGURE_DIGITS 10

struct json_text {
	size_t length;
	bool first; /* the next member is the first of its object */
	char text[JSON_TEXT_SIZE];
};

/* Begins the outermost object; json_text_close() ends it. */
void
json_text_start(struct json_text *json);

void
json_text_open(struct json_text *json, const char *key);

void
json_text_close(struct json_text *json);

void
json_text_open_list(struct json_text *json, const char *key);

void
json_text_close_list(struct json_text *json);

/* null where it is NAN or infinite: what is not defined is never 0. */
void
json_text_number(struct json_text *json, const char *key, double value);

/* The same of a computed figure, of which JSON_TEXT_FIGURE_DIGITS are enough: short and quick. */
void
json_text_figure(struct json_text *json, const char *key, double value);

void
json_text_integer(struct json_text *json, const char *key, int64_t value);

/* A string of the exact decimal, "0.05"; null for TICK_NONE. */
void
json_text_decimal(struct json_text *json, const char *key, int64_t value_e8);

void
json_text_boolean(struct json_text *json, const char *key, bool value);

/* null for NULL. */
void
json_text_word(struct json_text *json, const char *key, const char *word);

#endif
