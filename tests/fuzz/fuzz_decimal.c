/*
 * decimal_parse against a slow reader that only compares digits; what is written is read again;
 * decimal_sum_round without places against the compiler's own conversion of 128 bits.
 */
#define _GNU_SOURCE
#include "common/decimal.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/target.h"

#define INPUT_MAX 200 /* bytes looked at */

static size_t
digits_at(const char *text)
{
	size_t length = 0;

	while (text[length] >= '0' && text[length] <= '9')
		length++;
	return length;
}

/* The grammar of decimal.h.  Finds the digits on both sides of the point. */
static bool
in_grammar(const char *text, size_t size, const char **ret_whole, size_t *ret_whole_length,
    const char **ret_fraction, size_t *ret_fraction_length)
{
	const char *at = text + (*text == '-');

	*ret_whole = at;
	*ret_whole_length = digits_at(at);
	at += *ret_whole_length;
	*ret_fraction = at + (*at == '.');
	*ret_fraction_length = *at == '.' ? digits_at(at + 1) : 0;
	if (*ret_whole_length == 0 || (*at == '.' && *ret_fraction_length == 0))
		return false;
	return *ret_fraction + *ret_fraction_length == text + size;
}

/* 0, -EINVAL or -ERANGE, and the digits of the value in 1e-8 without leading zeros. */
static int
slow_parse(const char *text, size_t size, char digits[static INPUT_MAX + 16])
{
	static const char largest[] = "9223372036854775807";
	size_t whole_length, fraction_length, length = 0;
	const char *whole, *fraction;

	if (!in_grammar(text, size, &whole, &whole_length, &fraction, &fraction_length))
		return -EINVAL;
	for (size_t i = 0; i < whole_length + 8; i++) {
		char digit = i < whole_length ? whole[i] :
		    i - whole_length < fraction_length ? fraction[i - whole_length] : '0';

		if (length > 0 || digit != '0')
			digits[length++] = digit;
	}
	digits[length] = '\0';
	for (size_t i = 8; i < fraction_length; i++)
		if (fraction[i] != '0')
			return -ERANGE;
	if (length > strlen(largest) || (length == strlen(largest) && strcmp(digits, largest) > 0))
		return -ERANGE;
	return 0;
}

static void
check_parse(const char *text, size_t size)
{
	char digits[INPUT_MAX + 16], written[DECIMAL_SIZE], plain[INPUT_MAX + 20];
	int64_t value_e8 = 42, back;
	int expected = slow_parse(text, size, digits);
	int error = decimal_parse(text, size, &value_e8);

	if (expected == -EINVAL)
		PROMISE(error < 0);
	else
		PROMISE(error == expected);
	if (error < 0) {
		PROMISE(value_e8 == 42);
		return;
	}
	snprintf(plain, sizeof(plain), "%s%s", *text == '-' && *digits != '\0' ? "-" : "",
	    *digits == '\0' ? "0" : digits);
	PROMISE(strtoll(plain, NULL, 10) == value_e8);
	for (int places = 0; places <= DECIMAL_PLACES; places++) {
		size_t length = decimal_format(value_e8, places, written);

		PROMISE(length < DECIMAL_SIZE && strlen(written) == length);
		PROMISE(decimal_parse(written, length, &back) == 0 && back == value_e8);
	}
}

static void
check_sum(const uint8_t *data)
{
	decimal_sum sum;

	memcpy(&sum, data, sizeof(sum));
	PROMISE(decimal_sum_round(sum, 0) == (double)sum);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT_MAX + 1];

	if (size >= sizeof(decimal_sum))
		check_sum(data);
	if (size > INPUT_MAX || memchr(data, 0, size) != NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_parse(text, size);
	return 0;
}
