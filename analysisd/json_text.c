#include "analysisd/json_text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/decimal.h"
#include "common/tick.h"

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

static void
append_key(struct json_text *json, const char *key)
{
	append(json, json->first ? "\"%s\":" : ",\"%s\":", key);
	json->first = false;
}

void
json_text_start(struct json_text *json)
{
	json->length = 0;
	append(json, "{");
	json->first = true;
}

void
json_text_open(struct json_text *json, const char *key)
{
	append_key(json, key);
	append(json, "{");
	json->first = true;
}

void
json_text_close(struct json_text *json)
{
	append(json, "}");
	json->first = false;
}

void
json_text_number(struct json_text *json, const char *key, double value)
{
	char digits[32];

	append_key(json, key);
	if (!isfinite(value)) {
		append(json, "null");
		return;
	}
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	append(json, "%s", digits);
}

void
json_text_integer(struct json_text *json, const char *key, int64_t value)
{
	append_key(json, key);
	append(json, "%" PRId64, value);
}

void
json_text_decimal(struct json_text *json, const char *key, int64_t value_e8)
{
	char digits[DECIMAL_SIZE];

	append_key(json, key);
	if (value_e8 == TICK_NONE) {
		append(json, "null");
		return;
	}
	decimal_format(value_e8, 0, digits);
	append(json, "\"%s\"", digits);
}

void
json_text_boolean(struct json_text *json, const char *key, bool value)
{
	append_key(json, key);
	append(json, value ? "true" : "false");
}

void
json_text_word(struct json_text *json, const char *key, const char *word)
{
	append_key(json, key);
	if (word == NULL)
		append(json, "null");
	else
		append(json, "\"%s\"", word);
}
