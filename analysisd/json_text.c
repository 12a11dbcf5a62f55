#include "analysisd/json_text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void
append(struct json_text *json, const char *format, ...)
{
	size_t room = sizeof(json->text) - json->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(json->text + json->length, room, format, arguments);
	va_end(arguments);
	assert(length >= 0 && (size_t)length < room);
	json->length += (size_t)length;
}

/* Most of a row is keys: formatting them would take as long as the numbers. */
static void
append_text(struct json_text *json, const char *text)
{
	size_t length = strlen(text);

	assert(length < sizeof(json->text) - json->length);
	memcpy(json->text + json->length, text, length + 1);
	json->length += length;
}

static void
append_quoted(struct json_text *json, const char *text)
{
	append_text(json, "\"");
	append_text(json, text);
	append_text(json, "\"");
}

static void
append_key(struct json_text *json, const char *key)
{
	if (!json->first)
		append_text(json, ",");
	if (key != NULL) {
		append_quoted(json, key);
		append_text(json, ":");
	}
	json->first = false;
}

void
json_text_start(struct json_text *json)
{
	json->length = 0;
	append_text(json, "{");
	json->first = true;
}

void
json_text_open(struct json_text *json, const char *key)
{
	append_key(json, key);
	append_text(json, "{");
	json->first = true;
}

void
json_text_close(struct json_text *json)
{
	append_text(json, "}");
	json->first = false;
}

void
json_text_open_list(struct json_text *json, const char *key)
{
	append_key(json, key);
	append_text(json, "[");
	json->first = true;
}

void
json_text_close_list(struct json_text *json)
{
	append_text(json, "]");
	json->first = false;
}

void
json_text_number(struct json_text *json, const char *key, double value)
{
	char digits[32];

	append_key(json, key);
	if (!isfinite(value)) {
		append_text(json, "null");
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	append_text(json, digits);
}

void
json_text_figure(struct json_text *json, const char *key, double value)
{
	append_key(json, key);
	if (!isfinite(value))
		append_text(json, "null");
	else
		append(json, "%.*g", JSON_TEXT_FIGURE_DIGITS, value + 0.0); /* -0 is 0 */
}

void
json_text_integer(struct json_text *json, const char *key, int64_t value)
{
	append_key(json, key);
	append(json, "%" PRId64, value);
}

void
json_text_boolean(struct json_text *json, const char *key, bool value)
{
	append_key(json, key);
	append_text(json, value ? "true" : "false");
}

void
json_text_word(struct json_text *json, const char *key, const char *word)
{
	append_key(json, key);
	if (word == NULL)
		append_text(json, "null");
	else
		append_quoted(json, word);
}
