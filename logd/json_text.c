#include "logd/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "common/tick.h"

#define FIRST_CAPACITY 1024
#define PRICE_PLACES 2		/* shown at the least */
#define EXACT_DOUBLE 9007199254740992.0 /* 2^53: whole numbers up to here are exact */

void
json_text_init(struct json_text *text, size_t limit)
{
	*text = (struct json_text){.limit = limit};
}

void
json_text_finish(struct json_text *text)
{
	free(text->bytes);
	*text = (struct json_text){0};
}

bool
json_text_failed(const struct json_text *text)
{
	return text->failed;
}

/* Room for `length` more bytes, or NULL. */
static char *
reserve(struct json_text *text, size_t length)
{
	size_t wanted = text->length + length, capacity = text->capacity;
	char *bytes;

	if (text->failed)
		return NULL;
	if (wanted <= capacity)
		return text->bytes + text->length;
	if (wanted > text->limit) {
		text->failed = true;
		return NULL;
	}
	if (capacity == 0)
		capacity = FIRST_CAPACITY;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > text->limit)
		capacity = text->limit;
	bytes = realloc(text->bytes, capacity);
	if (bytes == NULL) {
		text->failed = true;
		return NULL;
	}
	text->bytes = bytes;
	text->capacity = capacity;
	return bytes + text->length;
}

static void
append(struct json_text *text, const char *bytes, size_t length)
{
	char *at = reserve(text, length);

	if (at == NULL)
		return;
	memcpy(at, bytes, length);
	text->length += length;
}

/* What stands between this value and the one before. */
static void
begin_value(struct json_text *text)
{
	if (text->comma)
		append(text, ",", 1);
	text->comma = true;
}

void
json_text_open(struct json_text *text, char bracket)
{
	begin_value(text);
	append(text, &bracket, 1);
	text->comma = false;
}

void
json_text_close(struct json_text *text, char bracket)
{
	append(text, &bracket, 1);
	text->comma = true;
}

void
json_text_key(struct json_text *text, const char *name)
{
	size_t length = strlen(name);
	char *at;

	begin_value(text);
	at = reserve(text, length + 3);
	if (at == NULL)
		return;
	at[0] = '"';
	memcpy(at + 1, name, length);
	at[length + 1] = '"';
	at[length + 2] = ':';
	text->length += length + 3;
	text->comma = false;
}

/* ---- strings ---- */

static bool
is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Bytes of the well-formed UTF-8 character at `at`, 0 where there is none. */
static size_t
utf8_length(const unsigned char *at)
{
	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		return is_continuation(at[1]) ? 2 : 0;
	if (at[0] >= 0xe0 && at[0] <= 0xef) {
		bool overlong = at[0] == 0xe0 && at[1] < 0xa0;
		bool surrogate = at[0] == 0xed && at[1] > 0x9f;

		return is_continuation(at[1]) && !overlong && !surrogate && is_continuation(at[2]) ?
		    3 : 0;
	}
	if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		bool overlong = at[0] == 0xf0 && at[1] < 0x90;
		bool beyond = at[0] == 0xf4 && at[1] > 0x8f;

		return is_continuation(at[1]) && !overlong && !beyond && is_continuation(at[2]) &&
		    is_continuation(at[3]) ? 4 : 0;
	}
	return 0;
}

static void
append_escaped(struct json_text *text, unsigned char byte)
{
	char escape[8];

	if (byte == '"' || byte == '\\') {
		escape[0] = '\\';
		escape[1] = (char)byte;
		append(text, escape, 2);
		return;
	}
	snprintf(escape, sizeof(escape), "\\u%04x", byte);
	append(text, escape, 6);
}

void
json_text_string(struct json_text *text, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	if (value == NULL) {
		json_text_null(text);
		return;
	}
	begin_value(text);
	append(text, "\"", 1);
	while (*at != '\0') {
		size_t length = utf8_length(at);

		if (length == 0) {
			append(text, "\xef\xbf\xbd", 3);
			at++;
			continue;
		}
		if (*at < 0x20 || *at == '"' || *at == '\\')
			append_escaped(text, *at);
		else
			append(text, (const char *)at, length);
		at += length;
	}
	append(text, "\"", 1);
}

/* ---- numbers and times ---- */

void
json_text_raw(struct json_text *text, const char *json, size_t length)
{
	begin_value(text);
	append(text, json, length);
}

void
json_text_int(struct json_text *text, int64_t value)
{
	char digits[24], *end = digits + sizeof(digits), *at = end;
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (value < 0)
		*--at = '-';
	json_text_raw(text, at, (size_t)(end - at));
}

void
json_text_bool(struct json_text *text, bool value)
{
	json_text_raw(text, value ? "true" : "false", value ? 4 : 5);
}

void
json_text_null(struct json_text *text)
{
	json_text_raw(text, "null", 4);
}

void
json_text_double(struct json_text *text, double value)
{
	double units = rint(value * 1e8);
	char digits[40];
	int length;

	if (!isfinite(value)) {
		json_text_null(text);
		return;
	}
	/* Nearly every quantity of ours is a whole number of 1e-8: those need no printf. */
	if (fabs(units) < EXACT_DOUBLE && units / 1e8 == value) {
		char exact[DECIMAL_SIZE];

		json_text_raw(text, exact, decimal_format((int64_t)units, 0, exact));
		return;
	}
	/* 17 digits always read back as they were; looking for fewer costs three times as much. */
	length = snprintf(digits, sizeof(digits), "%.17g", value);
	json_text_raw(text, digits, (size_t)length);
}

void
json_text_price(struct json_text *text, int64_t value_e8)
{
	char quoted[DECIMAL_SIZE + 2];
	size_t length;

	if (value_e8 == TICK_NONE) {
		json_text_null(text);
		return;
	}
	quoted[0] = '"';
	length = decimal_format(value_e8, PRICE_PLACES, quoted + 1);
	quoted[length + 1] = '"';
	json_text_raw(text, quoted, length + 2);
}

void
json_text_price_number(struct json_text *text, int64_t value_e8)
{
	char digits[DECIMAL_SIZE];

	if (value_e8 == TICK_NONE)
		json_text_null(text);
	else
		json_text_raw(text, digits, decimal_format(value_e8, 0, digits));
}

void
json_text_time(struct json_text *text, int64_t time_us, int places)
{
	char quoted[CLOCK_TEXT_SIZE + 2];
	size_t length;

	clock_format(time_us, places, quoted + 1);
	length = strlen(quoted + 1);
	quoted[0] = '"';
	quoted[length + 1] = '"';
	json_text_raw(text, quoted, length + 2);
}
