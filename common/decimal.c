#include "common/decimal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
decimal_parse(const char *text, size_t length, int64_t *ret_e8)
{
	const char *at = text, *end = text + length;
	bool negative = false;
	uint64_t value = 0;
	int places = 0;

	if (at < end && *at == '-') {
		negative = true;
		at++;
	}
	if (at == end || !is_digit(*at))
		return -EINVAL;
	for (; at < end && is_digit(*at); at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -ERANGE;
	if (at < end) {
		if (*at++ != '.' || at == end)
			return -EINVAL;
		for (; at < end && is_digit(*at); at++) {
			if (places == DECIMAL_PLACES) {
				if (*at != '0')
					return -ERANGE;
				continue;
			}
			places++;
			if (__builtin_mul_overflow(value, 10, &value) ||
			    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
				return -ERANGE;
		}
		if (at != end)
			return -EINVAL;
	}
	for (; places < DECIMAL_PLACES; places++)
		if (__builtin_mul_overflow(value, 10, &value))
			return -ERANGE;
	if (value > INT64_MAX)
		return -ERANGE;
	*ret_e8 = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

/* Writes the digits of `value` so that they end before `end`; returns where they begin. */
static char *
digits_before(char *end, uint64_t value)
{
	do {
		*--end = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return end;
}

size_t
decimal_format(int64_t value_e8, int places, char buffer[static DECIMAL_SIZE])
{
	uint64_t magnitude = value_e8 < 0 ? -(uint64_t)value_e8 : (uint64_t)value_e8;
	uint64_t fraction = magnitude % (uint64_t)DECIMAL_ONE;
	char scratch[DECIMAL_SIZE], *end = scratch + sizeof(scratch), *at;
	int shown = DECIMAL_PLACES;
	size_t length = 0, whole;

	for (; shown > places && shown > 0 && fraction % 10 == 0; shown--)
		fraction /= 10;
	at = digits_before(end, magnitude / (uint64_t)DECIMAL_ONE);
	whole = (size_t)(end - at);
	if (value_e8 < 0)
		buffer[length++] = '-';
	memcpy(buffer + length, at, whole);
	length += whole;
	if (shown > 0) {
		buffer[length++] = '.';
		for (int i = shown - 1; i >= 0; i--) {
			buffer[length + (size_t)i] = (char)('0' + fraction % 10);
			fraction /= 10;
		}
		length += (size_t)shown;
	}
	buffer[length] = '\0';
	return length;
}

/* A whole number and a power of ten that doubles hold exactly: their quotient is rounded once. */
#define EXACT_SUM ((decimal_sum)1 << 53)
#define EXACT_PLACES 16

double
decimal_sum_round(decimal_sum sum, int places)
{
	static const double tens[EXACT_PLACES + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
		1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};
	bool negative = sum < 0;
	char text[64], *end = text + sizeof(text) - 1, *at = end;

	if (places <= EXACT_PLACES && sum >= -EXACT_SUM && sum <= EXACT_SUM)
		return (double)(int64_t)sum / tens[places];
	/* strtod rounds correctly from the decimal digits: one rounding, whatever the size. */
	*end = '\0';
	at -= 5;
	memcpy(at, "e-00", 5);
	at[2] = (char)('0' + places / 10);
	at[3] = (char)('0' + places % 10);
	do {
		*--at = (char)('0' + abs((int)(sum % 10)));
		sum /= 10;
	} while (sum != 0);
	if (negative)
		*--at = '-';
	return strtod(at, NULL);
}
