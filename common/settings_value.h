/*
 * One value of a setting: from its text into the settings and back.  Knows the types, not the names.
 */
#ifndef COMMON_SETTINGS_VALUE_H
#define COMMON_SETTINGS_VALUE_H

#include "common/settings.h"

#define MODE_NONE (-1) /* not an enum settings_mode: none is given */

/* Each with what its target is in struct settings. */
enum settings_type {
	TEXT,	  /* char * */
	PATH,	  /* char *, absolute */
	URL,	  /* char *, ws wss http https, without a path */
	LISTEN,	  /* char *, ADDRESS:PORT */
	BOOL,	  /* bool */
	DURATION, /* int64_t, microseconds */
	TIME_OF_DAY, /* int64_t, microseconds since midnight UTC */
	SIZE,	  /* int64_t, bytes */
	COUNT,	  /* int64_t */
	SYMBOLS,  /* struct string_list */
	STREAMS,  /* struct string_list */
	QUOTES,	  /* int, enum settings_quotes */
	MODE,	  /* int, enum settings_mode */
	MODE_OR_NONE, /* the same, or MODE_NONE for an empty text */
	NUMBER,	  /* double, not negative */
	ALIASES,  /* struct string_list of NAME=SYMBOL and NAME=SOURCE:SYMBOL */
	NUMBERS,  /* struct string_list of NAME=NUMBER */
	LEVEL,	  /* int, of syslog */
};

/*
 * Reads `value` into *target, whose old value it frees; a list that is `continued` is added to.
 * Returns what was expected instead, in words, or NULL when all is well.
 */
const char *
settings_value_read(enum settings_type type, const char *value, bool continued, void *target,
    bool *no_memory);

void
settings_value_free(enum settings_type type, void *target);

/* The text that settings_value_read() takes back. */
void
settings_value_print(enum settings_type type, const void *target, FILE *out);

/* Replaces *target by a copy. */
void
settings_set_text(char **target, const char *value, bool *no_memory);

/* Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
string_list_append(struct string_list *list, const char *item, size_t length);

bool
string_list_has(const struct string_list *list, const char *item, size_t length);

void
string_list_free(struct string_list *list);

#endif
