/*
 * Writes JSON straight into growing memory, for answers that are large and hot.  Commas are its
 * business; that every open has its close is the caller's.  Once memory or the limit is spent it
 * takes nothing more and json_text_failed() says so: callers look once, at the end.
 */
#ifndef LOGD_JSON_TEXT_H
#define LOGD_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_text {
	char *bytes; /* not terminated by a NUL; the owner's to free */
	size_t length, capacity;
	size_t limit; /* bytes at the most */
	bool failed, comma;
};

/* Zero bytes are allocated until something is written. */
void
json_text_init(struct json_text *text, size_t limit);

void
json_text_finish(struct json_text *text);

bool
json_text_failed(const struct json_text *text);

/* `bracket` is '{' or '['; closed with '}' or ']'. */
void
json_text_open(struct json_text *text, char bracket);

void
json_text_close(struct json_text *text, char bracket);

/* The name of the member whose value follows; plain ASCII without quotes, ours. */
void
json_text_key(struct json_text *text, const char *name);

/* Any bytes: what JSON forbids is escaped, what is not UTF-8 becomes U+FFFD.  NULL is null. */
void
json_text_string(struct json_text *text, const char *value);

void
json_text_int(struct json_text *text, int64_t value);

void
json_text_bool(struct json_text *text, bool value);

void
json_text_null(struct json_text *text);

/* Digits that read back as the same double; null for what is no number. */
void
json_text_double(struct json_text *text, double value);

/* An exact decimal as a string, with 2 to 8 places; TICK_NONE is null. */
void
json_text_price(struct json_text *text, int64_t value_e8);

/* The same as a JSON number, for the older routes. */
void
json_text_price_number(struct json_text *text, int64_t value_e8);

/* ISO 8601 with Z and `places` (0, 3, 6) decimals, as a string. */
void
json_text_time(struct json_text *text, int64_t time_us, int places);

/* JSON that is JSON already. */
void
json_text_raw(struct json_text *text, const char *json, size_t length);

#endif
