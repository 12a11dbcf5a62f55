#include "analysisd/json_text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "analysisd/number_text.h"
#include "common/decimal.h"
#include "common/tick.h"

#define INTEGER_SIZE 20 /* "-9223372036854775808" */

static void
append(struct json_text *json, const char *text, size_t length)
{
	assert(length < sizeof(json->text) - json->length);
	memcpy(json->text + json->length, text, length);
	json->length += length;
	json->text[json->length] = '\0';
}

static void
append_key(struct json_text *json, const char *key)
{
	if (!json->first)
		append(json, ",", 1);
	json->first = false;
	if (key == NULL)
		return;
	append(json, "\"", 1);
	append(json, key, strlen(key));
	append(json, "\":", 2);
}

static void
append_null(struct json_text *json)
{
	append(json, "null", 4);
}

void
json_text_start(struct json_text *json)
{
	json->length = 0;
	append(json, "{", 1);
	json->first = true;
}

void
json_text_open(struct json_text *json, const char *key)
{
	append_key(json, key);
	append(json, "{", 1);
	json->first = true;
}

void
json_text_close(struct json_text *json)
{
	append(json, "}", 1);
	json->first = false;
}

void
json_text_open_list(struct json_text *json, const char *key)
{
	append_key(json, key);
	append(json, "[", 1);
	json->first = true;
}

void
json_text_close_list(struct json_text *json)
{
	append(json, "]", 1);
	json->first = false;
}

void
json_text_number(struct json_text *json, const char *key, double value)
{
	char digits[NUMBER_TEXT_SIZE];

	append_key(json, key);
	if (isfinite(value))
		append(json, digits, number_text(value, digits));
	else
		append_null(json);
}

void
json_text_figure(struct json_text *json, const char *key, double value)
{
	char digits[NUMBER_TEXT_SIZE];

	append_key(json, key);
	if (value == 0) /* -0 too */
		append(json, "0", 1);
	else if (isfinite(value))
		append(json, digits, number_text_rounded(value, JSON_TEXT_FIGURE_DIGITS, digits));
	else
		append_null(json);
}

void
json_text_integer(struct json_text *json, const char *key, int64_t value)
{
	char digits[INTEGER_SIZE];
	char *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		*--at = '-';
	append_key(json, key);
	append(json, at, (size_t)(digits + sizeof(digits) - at));
}

void
json_text_decimal(struct json_text *json, const char *key, int64_t value_e8)
{
	char digits[DECIMAL_SIZE];

	append_key(json, key);
	if (value_e8 == TICK_NONE) {
		append_null(json);
		return;
	}
	append(json, "\"", 1);
	append(json, digits, decimal_format(value_e8, 0, digits));
	append(json, "\"", 1);
}

void
json_text_boolean(struct json_text *json, const char *key, bool value)
{
	append_key(json, key);
	append(json, value ? "true" : "false", value ? 4 : 5);
}

void
json_text_word(struct json_text *json, const char *key, const char *word)
{
	append_key(json, key);
	if (word == NULL) {
		append_null(json);
		return;
	}
	append(json, "\"", 1);
	append(json, word, strlen(word));
	append(json, "\"", 1);
}
