#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "marketsim/body.h"
#include "marketsim/frame.h"

static void
numbers_are_written_exactly(void **state)
{
	static const int64_t values[] = { 0, 7, 10, 99, 100, 12345, INT64_MAX, INT64_MIN, -42 };
	static const char *const texts[] = { "0", "7", "10", "99", "100", "12345",
		"9223372036854775807", "-9223372036854775808", "-42" };
	char text[32];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		*append_integer(text, values[i]) = '\0';
		assert_string_equal(text, texts[i]);
	}
}

static void
prices_are_written_as_the_exact_decimals_that_common_writes(void **state)
{
	char text[32], expected[DECIMAL_SIZE];

	for (int64_t value = 1; value < INT64_MAX / 7; value = value * 3 + 1) {
		*append_e8(text, value) = '\0';
		decimal_format(value, DECIMAL_PLACES, expected);
		assert_string_equal(text, expected);
		*append_e8(text, -value) = '\0';
		decimal_format(-value, DECIMAL_PLACES, expected);
		assert_string_equal(text, expected);
	}
}

static void
sums_beyond_64_bits_are_written_with_eight_places(void **state)
{
	struct body body = { 0 };

	body_add_sum_e8(&body, (decimal_sum)INT64_MAX * 100);
	body_add(&body, " ");
	body_add_sum_e16(&body, (decimal_sum)6183763000000 * 2000000);
	body_add_bytes(&body, "", 1);
	assert_string_equal(body.text, "9223372036854.77580700 1236.75260000");
	body_free(&body);
}

static void
a_body_grows_as_it_must(void **state)
{
	struct body body = { 0 };

	for (int i = 0; i < 100000; i++)
		body_add(&body, "abc");
	assert_int_equal(body.length, 300000);
	assert_false(body.failed);
	assert_memory_equal(body.text + 299997, "abc", 3);
	body_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_exactly),
		cmocka_unit_test(prices_are_written_as_the_exact_decimals_that_common_writes),
		cmocka_unit_test(sums_beyond_64_bits_are_written_with_eight_places),
		cmocka_unit_test(a_body_grows_as_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
