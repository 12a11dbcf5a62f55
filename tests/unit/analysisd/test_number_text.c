#include "analysisd/number_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first of %.15g, %.16g and %.17g that reads back, by the C library alone. */
static void
assert_as_printf(double value)
{
	char text[NUMBER_TEXT_SIZE], expected[NUMBER_TEXT_SIZE];
	size_t length = number_text(value, text);

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(expected, sizeof(expected), "%.*g", precision, value);
		if (strtod(expected, NULL) == value)
			break;
	}
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static uint64_t
any_bits(unsigned *seed)
{
	return (uint64_t)rand_r(seed) << 42 ^ (uint64_t)rand_r(seed) << 21 ^ (uint64_t)rand_r(seed);
}

static void
prices_and_ratios_are_written_as_printf_writes_them(void **state)
{
	unsigned seed = 5;

	for (int i = 0; i < 20000; i++) {
		int64_t e8 = (int64_t)(any_bits(&seed) % 1000000000000000);
		double size = ldexp((double)(any_bits(&seed) >> 11), -(rand_r(&seed) % 90));

		assert_as_printf((double)e8 / 1e8);
		assert_as_printf(-(double)(e8 % 10000000) / 100);
		assert_as_printf((double)(e8 % 100000) / (double)(1 + rand_r(&seed) % 1000));
		assert_as_printf(size);
	}
}

static void
any_double_is_written_as_printf_writes_it(void **state)
{
	unsigned seed = 6;

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = any_bits(&seed);
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			assert_as_printf(value);
	}
}

static void
the_neighbours_of_powers_are_written_as_printf_writes_them(void **state)
{
	for (int exponent = -1070; exponent < 1020; exponent++) {
		double power = ldexp(1, exponent);

		assert_as_printf(power);
		assert_as_printf(nextafter(power, 0));
		assert_as_printf(nextafter(power, INFINITY));
	}
	for (int exponent = -30; exponent < 30; exponent++) {
		double power = pow(10, exponent);

		assert_as_printf(power);
		assert_as_printf(nextafter(power, 0));
		assert_as_printf(nextafter(nextafter(power, 0), 0));
		assert_as_printf(nextafter(power, INFINITY));
		assert_as_printf(9.9999999999999995 * power);
	}
}

static void
zeros_keep_their_sign(void **state)
{
	assert_as_printf(0.0);
	assert_as_printf(-0.0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prices_and_ratios_are_written_as_printf_writes_them),
		cmocka_unit_test(any_double_is_written_as_printf_writes_it),
		cmocka_unit_test(the_neighbours_of_powers_are_written_as_printf_writes_them),
		cmocka_unit_test(zeros_keep_their_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
