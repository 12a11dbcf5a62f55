/*
 * Members of a terminal's message, and elements of its arrays, each of one kind.  Pure.
 *
 * Each reader returns true with the value, or false with the sentence in the part's problem:
 * "ticks[3][1]: expected a decimal".  What it writes to is untouched then.
 */
#ifndef TICKD_MT5_FIELDS_H
#define TICKD_MT5_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"

/* The message itself, or an element of one of its arrays. */
struct mt5_part {
	const json_t *json;
	const char *of; /* the array's name; NULL: the message itself */
	size_t place;	/* within that array */
	struct problem *problem;
};

struct mt5_field {
	const json_t *value; /* NULL: there is none */
	const struct mt5_part *part;
	const char *name; /* of a member; NULL: an element of an array */
	size_t place;	  /* of an element */
};

struct mt5_field
mt5_field_member(const struct mt5_part *part, const char *name);

struct mt5_field
mt5_field_element(const struct mt5_part *part, size_t place);

/* False of what is not there, or null: an optional one is not said. */
bool
mt5_field_said(struct mt5_field field);

/* "NAME: expected ..." becomes the sentence.  Always false. */
__attribute__((format(printf, 2, 3))) bool
mt5_field_fault(struct mt5_field field, const char *format, ...);

bool
mt5_field_integer(struct mt5_field field, int64_t least, int64_t most, int64_t *ret);

/* Milliseconds, or seconds, of a clock: after 1970 and before MT5_TIME_END_S. */
bool
mt5_field_milliseconds(struct mt5_field field, int64_t *ret);
bool
mt5_field_seconds(struct mt5_field field, int64_t *ret);

/*
 * Decimals: text as decimal_parse() takes it, or a JSON number.  A number with a point is the
 * decimal of 15 digits, and at most eight places, that is nearest to its double: exactly what was
 * meant, whoever wrote it through a double; what lies behind is rounding.
 */

/* More than 0; 0 or more. */
bool
mt5_field_positive(struct mt5_field field, int64_t *ret_e8);
bool
mt5_field_amount(struct mt5_field field, int64_t *ret_e8);

/* 0 or more, 0 being none: TICK_NONE. */
bool
mt5_field_or_none(struct mt5_field field, int64_t *ret_e8);

/* The same as a double of any size and any number of digits: for what is no price. */
bool
mt5_field_double(struct mt5_field field, double *ret);

bool
mt5_field_boolean(struct mt5_field field, bool *ret);

/* 1 to size - 1 bytes, without control characters. */
bool
mt5_field_text(struct mt5_field field, char *buffer, size_t size);

/* Any text: cut where it does not fit, with spaces for control characters. */
bool
mt5_field_comment(struct mt5_field field, char *buffer, size_t size);

/* An array of at most `most` elements. */
bool
mt5_field_array(struct mt5_field field, size_t most, size_t *ret_count);

/* `items` with room for `count` of `size` bytes; *room says for how many.  NULL: out of memory. */
void *
mt5_field_room(void *items, size_t *room, size_t count, size_t size);

#endif
