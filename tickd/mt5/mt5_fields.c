#define _GNU_SOURCE
#include "tickd/mt5/mt5_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"
#include "common/tick.h"
#include "tickd/mt5/mt5_message.h"

struct mt5_field
mt5_field_member(const struct mt5_part *part, const char *name)
{
	return (struct mt5_field){json_object_get(part->json, name), part, name, 0};
}

struct mt5_field
mt5_field_element(const struct mt5_part *part, size_t place)
{
	return (struct mt5_field){json_array_get(part->json, place), part, NULL, place};
}

bool
mt5_field_said(struct mt5_field field)
{
	return field.value != NULL && !json_is_null(field.value);
}

bool
mt5_field_fault(struct mt5_field field, const char *format, ...)
{
	const struct mt5_part *part = field.part;
	char where[96] = "", name[64], what[256];
	va_list arguments;

	if (part->of != NULL)
		snprintf(where, sizeof(where), "%s[%zu]%s", part->of, part->place,
		    field.name != NULL ? "." : "");
	snprintf(name, sizeof(name), "[%zu]", field.place);
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	problem_set(part->problem, -EINVAL, "%s%s: expected %s", where,
	    field.name != NULL ? field.name : name, what);
	return false;
}

bool
mt5_field_integer(struct mt5_field field, int64_t least, int64_t most, int64_t *ret)
{
	json_int_t value = json_integer_value(field.value);

	if (!json_is_integer(field.value) || value < least || value > most)
		return mt5_field_fault(field, "an integer from %" PRId64 " to %" PRId64, least,
		    most);
	*ret = value;
	return true;
}

static bool
read_time(struct mt5_field field, int64_t end, const char *unit, int64_t *ret)
{
	json_int_t value = json_integer_value(field.value);

	if (!json_is_integer(field.value) || value <= 0 || value >= end)
		return mt5_field_fault(field, "a time in %s, before the year 2200", unit);
	*ret = value;
	return true;
}

bool
mt5_field_milliseconds(struct mt5_field field, int64_t *ret)
{
	return read_time(field, MT5_TIME_END_S * 1000, "milliseconds", ret);
}

bool
mt5_field_seconds(struct mt5_field field, int64_t *ret)
{
	return read_time(field, MT5_TIME_END_S, "seconds", ret);
}

#define DOUBLE_DIGITS 15 /* of a decimal that survives its way through a double */
#define REAL_MOST 1e11	 /* more than any decimal of eight places */

static int
real_to_decimal(double value, int64_t *ret_e8)
{
	char text[64];
	int whole = 1, places;

	if (!(fabs(value) < REAL_MOST))
		return -ERANGE;
	for (int64_t rest = (int64_t)fabs(value); rest >= 10; rest /= 10)
		whole++;
	places = DOUBLE_DIGITS - whole;
	if (places > DECIMAL_PLACES)
		places = DECIMAL_PLACES;
	snprintf(text, sizeof(text), "%.*f", places, value);
	return decimal_parse(text, strlen(text), ret_e8);
}

static int
to_decimal(const json_t *value, int64_t *ret_e8)
{
	json_int_t product;

	if (json_is_string(value))
		return decimal_parse(json_string_value(value), json_string_length(value), ret_e8);
	if (json_is_real(value))
		return real_to_decimal(json_real_value(value), ret_e8);
	if (!json_is_integer(value))
		return -EINVAL;
	if (__builtin_mul_overflow(json_integer_value(value), DECIMAL_ONE, &product))
		return -ERANGE;
	*ret_e8 = product;
	return 0;
}

static bool
read_decimal(struct mt5_field field, int64_t least, const char *bound, int64_t *ret_e8)
{
	int64_t value;
	int error = to_decimal(field.value, &value);

	if (error == -ERANGE)
		return mt5_field_fault(field,
		    "a decimal of at most eight places and less than 92 billion");
	if (error < 0)
		return mt5_field_fault(field, "a decimal");
	if (value < least)
		return mt5_field_fault(field, "a decimal %s", bound);
	*ret_e8 = value;
	return true;
}

bool
mt5_field_positive(struct mt5_field field, int64_t *ret_e8)
{
	return read_decimal(field, 1, "above 0", ret_e8);
}

bool
mt5_field_amount(struct mt5_field field, int64_t *ret_e8)
{
	return read_decimal(field, 0, "of 0 or more", ret_e8);
}

bool
mt5_field_or_none(struct mt5_field field, int64_t *ret_e8)
{
	if (!mt5_field_amount(field, ret_e8))
		return false;
	if (*ret_e8 == 0)
		*ret_e8 = TICK_NONE;
	return true;
}

/* "[-]digits[.digits]", what decimal_parse() takes but of any length. */
static bool
is_decimal(const char *text)
{
	static const char digits[] = "0123456789";
	size_t count;

	text += *text == '-';
	count = strspn(text, digits);
	if (count == 0)
		return false;
	text += count;
	if (*text == '\0')
		return true;
	count = *text == '.' ? strspn(text + 1, digits) : 0;
	return count > 0 && text[1 + count] == '\0';
}

bool
mt5_field_double(struct mt5_field field, double *ret)
{
	double value = json_number_value(field.value);

	if (json_is_string(field.value) && is_decimal(json_string_value(field.value)))
		value = strtod(json_string_value(field.value), NULL);
	else if (!json_is_number(field.value))
		return mt5_field_fault(field, "a decimal");
	if (!isfinite(value))
		return mt5_field_fault(field, "a decimal that a double can hold");
	*ret = value;
	return true;
}

bool
mt5_field_boolean(struct mt5_field field, bool *ret)
{
	if (!json_is_boolean(field.value))
		return mt5_field_fault(field, "true or false");
	*ret = json_is_true(field.value);
	return true;
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == '\x7f';
}

static bool
is_printable(const char *text)
{
	while (*text != '\0' && !is_control(*text))
		text++;
	return *text == '\0';
}

bool
mt5_field_text(struct mt5_field field, char *buffer, size_t size)
{
	size_t length = json_string_length(field.value);

	if (!json_is_string(field.value) || length == 0 || length >= size ||
	    !is_printable(json_string_value(field.value)))
		return mt5_field_fault(field,
		    "a text of 1 to %zu bytes without control characters", size - 1);
	memcpy(buffer, json_string_value(field.value), length + 1);
	return true;
}

bool
mt5_field_comment(struct mt5_field field, char *buffer, size_t size)
{
	const char *text = json_string_value(field.value);
	size_t length = json_string_length(field.value);

	if (text == NULL)
		return mt5_field_fault(field, "a text");
	if (length >= size)
		/* Not within a character: bytes 10xxxxxx continue one. */
		for (length = size - 1; (text[length] & 0xc0) == 0x80; length--)
			;
	for (size_t i = 0; i < length; i++)
		buffer[i] = is_control(text[i]) ? ' ' : text[i];
	buffer[length] = '\0';
	return true;
}

bool
mt5_field_array(struct mt5_field field, size_t most, size_t *ret_count)
{
	if (!json_is_array(field.value))
		return mt5_field_fault(field, "an array");
	if (json_array_size(field.value) > most)
		return mt5_field_fault(field, "at most %zu elements", most);
	*ret_count = json_array_size(field.value);
	return true;
}

void *
mt5_field_room(void *items, size_t *room, size_t count, size_t size)
{
	void *grown;

	if (items != NULL && *room >= count)
		return items;
	grown = reallocarray(items, count > 0 ? count : 1, size);
	if (grown != NULL)
		*room = count > 0 ? count : 1;
	return grown;
}
