#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "marketsim/rest_faults.h"

static void
a_call_has_the_same_fate_with_the_same_seed(void **state)
{
	struct rest_options options = { .error = 0.3, .malformed = 0.3 };
	int fates[FATE_MALFORMED + 1] = { 0 }, differences = 0;

	for (int i = 0; i < 1000; i++) {
		enum rest_fate fate = rest_fate(&options, 5, i);

		assert_int_equal(fate, rest_fate(&options, 5, i));
		differences += fate != rest_fate(&options, 6, i);
		fates[fate]++;
	}
	assert_in_range(differences, 200, 800);
	for (int fate = FATE_500; fate <= FATE_CUT_SHORT; fate++)
		assert_in_range(fates[fate], 40, 120);
	assert_in_range(fates[FATE_MALFORMED], 150, 270); /* of those without an error */
	assert_in_range(fates[FATE_ANSWERED], 400, 600);
}

static void
refusals_come_on_their_turn(void **state)
{
	struct rest_options options = { .every_429 = 3, .every_418 = 4, .error = 1 };

	for (int i = 1; i <= 24; i++) {
		enum rest_fate fate = rest_fate(&options, 1, i - 1);

		if (i % 4 == 0)
			assert_int_equal(fate, FATE_418);
		else if (i % 3 == 0)
			assert_int_equal(fate, FATE_429);
		else
			assert_true(fate >= FATE_500);
	}
}

/* Of trades, aggregates and klines: is there a row that holds together? */
static bool
has_a_row(const json_t *root)
{
	size_t i;
	const json_t *row;

	for (i = 0; i < json_array_size(root); i++) {
		row = json_array_get(root, i);
		if (json_is_integer(json_object_get(row, "id")) &&
		    strcmp(json_string_value(json_object_get(row, "price")), "61.8.37") != 0)
			return true;
		if (json_is_integer(json_object_get(row, "a")) &&
		    json_integer_value(json_object_get(row, "l")) >=
			json_integer_value(json_object_get(row, "f")))
			return true;
		if (json_array_size(row) > 6 && json_is_integer(json_array_get(row, 0)))
			return true;
	}
	return false;
}

static void
a_spoiled_body_is_no_answer(void **state)
{
	static const char good[] = "[{\"id\":5,\"price\":\"1.0\",\"qty\":\"1\",\"time\":1}]";

	for (int i = 0; i < 2000; i++) {
		struct body body = { 0 };
		json_t *root;

		body_add(&body, good);
		rest_spoil(&body, 3, i);
		root = json_loadb(body.length > 0 ? body.text : "", body.length, 0, NULL);
		assert_false(has_a_row(root));
		/* An empty page would be believed. */
		assert_false(json_is_array(root) && json_array_size(root) == 0);
		json_decref(root);
		body_free(&body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_has_the_same_fate_with_the_same_seed),
		cmocka_unit_test(refusals_come_on_their_turn),
		cmocka_unit_test(a_spoiled_body_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
