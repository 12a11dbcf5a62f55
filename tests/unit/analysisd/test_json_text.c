#include "analysisd/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/tick.h"

static struct json_text json;

static void
members_come_in_the_order_of_the_calls(void **state)
{
	json_text_start(&json);
	json_text_integer(&json, "z", -9007199254740993);
	json_text_open(&json, "a");
	json_text_boolean(&json, "yes", true);
	json_text_boolean(&json, "no", false);
	json_text_close(&json);
	json_text_open(&json, "empty");
	json_text_close(&json);
	json_text_word(&json, "w", "LOW");
	json_text_close(&json);
	assert_string_equal(json.text, "{\"z\":-9007199254740993,\"a\":{\"yes\":true,\"no\":false},"
				       "\"empty\":{},\"w\":\"LOW\"}");
}

static void
what_is_undefined_is_null_and_never_zero(void **state)
{
	json_text_start(&json);
	json_text_number(&json, "nan", NAN);
	json_text_number(&json, "inf", INFINITY);
	json_text_word(&json, "word", NULL);
	json_text_close(&json);
	assert_string_equal(json.text, "{\"nan\":null,\"inf\":null,\"word\":null}");
}

static void
a_decimal_is_a_string_of_all_its_digits(void **state)
{
	json_text_start(&json);
	json_text_decimal(&json, "a", INT64_C(9007199254740993));
	json_text_decimal(&json, "b", -5000000);
	json_text_decimal(&json, "c", 100000000);
	json_text_decimal(&json, "none", TICK_NONE);
	json_text_close(&json);
	assert_string_equal(json.text,
	    "{\"a\":\"90071992.54740993\",\"b\":\"-0.05\",\"c\":\"1\",\"none\":null}");
}

static void
a_double_has_the_fewest_digits_that_read_back(void **state)
{
	json_text_start(&json);
	json_text_number(&json, "a", 0.1);
	json_text_number(&json, "b", 0.1 + 0.2);
	json_text_number(&json, "c", 63123.45);
	json_text_close(&json);
	assert_string_equal(json.text, "{\"a\":0.1,\"b\":0.30000000000000004,\"c\":63123.45}");
}

static void
any_double_reads_back_to_itself(void **state)
{
	unsigned seed = 11;

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = (uint64_t)rand_r(&seed) << 42 ^ (uint64_t)rand_r(&seed) << 21 ^
		    (uint64_t)rand_r(&seed);
		double value, back;
		json_t *object;

		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		json_text_start(&json);
		json_text_number(&json, "v", value);
		json_text_close(&json);
		object = json_loads(json.text, JSON_DECODE_INT_AS_REAL, NULL);
		assert_non_null(object);
		back = json_real_value(json_object_get(object, "v"));
		assert_true(back == value);
		json_decref(object);
	}
}

static void
what_stands_in_a_list_has_no_key(void **state)
{
	json_text_start(&json);
	json_text_open_list(&json, "empty");
	json_text_close_list(&json);
	json_text_open_list(&json, "list");
	json_text_integer(&json, NULL, 1);
	json_text_open(&json, NULL);
	json_text_word(&json, "a", "b");
	json_text_close(&json);
	json_text_open(&json, NULL);
	json_text_close(&json);
	json_text_close_list(&json);
	json_text_integer(&json, "last", 2);
	json_text_close(&json);
	assert_string_equal(json.text, "{\"empty\":[],\"list\":[1,{\"a\":\"b\"},{}],\"last\":2}");
}

static void
a_figure_has_ten_digits_and_no_negative_zero(void **state)
{
	json_text_start(&json);
	json_text_figure(&json, "a", 2.0 / 3);
	json_text_figure(&json, "b", 63123.456789012);
	json_text_figure(&json, "c", -0.0);
	json_text_figure(&json, "d", 1e-12);
	json_text_figure(&json, "e", NAN);
	json_text_figure(&json, "f", 100);
	json_text_close(&json);
	assert_string_equal(json.text, "{\"a\":0.6666666667,\"b\":63123.45679,\"c\":0,\"d\":1e-12,"
				       "\"e\":null,\"f\":100}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_the_order_of_the_calls),
		cmocka_unit_test(what_is_undefined_is_null_and_never_zero),
		cmocka_unit_test(a_decimal_is_a_string_of_all_its_digits),
		cmocka_unit_test(a_double_has_the_fewest_digits_that_read_back),
		cmocka_unit_test(any_double_reads_back_to_itself),
		cmocka_unit_test(what_stands_in_a_list_has_no_key),
		cmocka_unit_test(a_figure_has_ten_digits_and_no_negative_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
