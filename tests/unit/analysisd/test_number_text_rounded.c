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

static void
assert_as_printf(double value, int digits)
{
	char text[NUMBER_TEXT_SIZE], expected[64];
	size_t length = number_text_rounded(value, digits, text);

	snprintf(expected, sizeof(expected), "%.*g", digits, value);
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void
it_is_what_printf_writes_of_any_number_of_digits(void **state)
{
	unsigned seed = 19;

	for (int i = 0; i < 200000; i++) {
		double value = (rand_r(&seed) - RAND_MAX / 2) * pow(10, rand_r(&seed) % 30 - 20) /
		    (1 + rand_r(&seed) % 1000);

		assert_as_printf(value, 1 + i % 17);
		assert_as_printf(value, 10);
	}
}

static void
halves_and_nines_are_rounded_as_printf_does(void **state)
{
	static const double values[] = {0.5, 1.5, 2.5, 0.25, 0.125, 9.5, 99.5, 999999999.95,
		9999999999.5, 9999999998.5, 1e10, 12345678901.5, 0.99999999999, 1e-5, 1.00000000005,
		9.9999999995e-5, 0, -0.0, 1e-300, 1e300};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (int digits = 1; digits <= 17; digits++) {
			assert_as_printf(values[i], digits);
			assert_as_printf(-values[i], digits);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_printf_writes_of_any_number_of_digits),
		cmocka_unit_test(halves_and_nines_are_rounded_as_printf_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
