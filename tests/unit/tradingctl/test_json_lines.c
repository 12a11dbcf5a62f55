/* JSON as lines for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tradingctl/json_lines.h"

static void
assert_lines(const char *expected, const char *json)
{
	json_t *value = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(value);
	json_lines_print(value, 2, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void
keys_stand_in_their_order_with_their_values(void **state)
{
	assert_lines("  z: 0.1\n  a: UP\n  n: -\n  i: 7\n  b: yes\n",
	    "{\"z\":0.1,\"a\":\"UP\",\"n\":null,\"i\":7,\"b\":true}");
}

static void
what_is_inside_stands_further_in(void **state)
{
	assert_lines("  change:\n    bars_1:\n      percent: -0.5\n  price: 3\n",
	    "{\"change\":{\"bars_1\":{\"percent\":-0.5}},\"price\":3}");
}

static void
an_array_of_plain_values_is_one_line_and_others_are_numbered(void **state)
{
	assert_lines("  levels: 1, 2.5\n  none: none\n  swings:\n    1:\n      price: 5\n    2:\n"
		     "      price: 6\n",
	    "{\"levels\":[1,2.5],\"none\":[],\"swings\":[{\"price\":5},{\"price\":6}]}");
}

static void
an_empty_object_has_no_lines(void **state)
{
	assert_lines("", "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_stand_in_their_order_with_their_values),
		cmocka_unit_test(what_is_inside_stands_further_in),
		cmocka_unit_test(an_array_of_plain_values_is_one_line_and_others_are_numbered),
		cmocka_unit_test(an_empty_object_has_no_lines),
	};

	return cmocka_run_group_tests_name("tradingctl/json_lines", tests, NULL, NULL);
}
