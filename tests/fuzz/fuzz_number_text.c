/*
 * number_text and number_text_rounded against printf and strtod.  The bytes are doubles, and with them
 * what lies near: neighbours, sums, quotients, decimals of few digits.
 */
#define _GNU_SOURCE
#include "analysisd/number_text.h"

#include <math.h>
#include <string.h>

#include "tests/fuzz/target.h"

static void
check_shortest(double value)
{
	char text[NUMBER_TEXT_SIZE], expected[64];
	size_t length = number_text(value, text);

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(expected, sizeof(expected), "%.*g", precision, value);
		if (strtod(expected, NULL) == value)
			break;
	}
	PROMISE(strcmp(text, expected) == 0 && length == strlen(expected));
	PROMISE(length < NUMBER_TEXT_SIZE);
}

static void
check_rounded(double value, int digits)
{
	char text[NUMBER_TEXT_SIZE], expected[64];
	size_t length = number_text_rounded(value, digits, text);

	snprintf(expected, sizeof(expected), "%.*g", digits, value);
	PROMISE(strcmp(text, expected) == 0 && length == strlen(expected));
}

static void
check(double value)
{
	if (!isfinite(value))
		return;
	check_shortest(value);
	check_shortest(-value);
	for (int digits = 1; digits <= 17; digits++)
		check_rounded(value, digits);
}

static void
check_with_neighbours(double value)
{
	check(value);
	check(nextafter(value, INFINITY));
	check(nextafter(value, -INFINITY));
}

/* Decimals of up to 19 digits: those of prices, and halfway cases of fewer digits. */
static void
check_decimals(int64_t whole, int places)
{
	check_with_neighbours((double)whole);
	check_with_neighbours((double)whole / pow(10, places));
	check_with_neighbours(ldexp((double)whole, -places));
	check_with_neighbours(((double)(whole % 100000) + 0.5) / pow(10, places));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double values[2] = {0};
	int64_t whole;

	if (size < sizeof(values) + 1)
		return 0;
	memcpy(values, data, sizeof(values));
	memcpy(&whole, data, sizeof(whole));
	check_with_neighbours(values[0]);
	check_with_neighbours(values[1]);
	check(values[0] + values[1]);
	check(values[0] / values[1]);
	check_decimals(whole, data[sizeof(values)] % 24);
	return 0;
}
