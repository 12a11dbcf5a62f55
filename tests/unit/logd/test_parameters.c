#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "logd/parameters.h"

#define ALL (PARAMETER_FROM | PARAMETER_TO | PARAMETER_LIMIT | PARAMETER_AFTER)

static struct parameters read;
static struct problem problem;

static int
ask(const char *name, const char *value)
{
	struct request request = {.argument_count = 1, .arguments = {{name, value}}};

	return parameters_read(&request, ALL, 500, 10000, &read, &problem);
}

static void
assert_refused(const char *name, const char *value)
{
	assert_int_equal(ask(name, value), -EINVAL);
	assert_int_equal(strncmp(problem.text, name, strlen(name)), 0);
}

static void
without_parameters_all_of_time_and_the_usual_limit_hold(void **state)
{
	const struct request request = {0};

	assert_int_equal(parameters_read(&request, ALL, 500, 10000, &read, &problem), 0);
	assert_int_equal(read.given, 0);
	assert_true(read.from_us == INT64_MIN && read.to_us == INT64_MAX);
	assert_int_equal(read.limit, 500);
	assert_int_equal(parameters_read(&request, ALL, 500, 100, &read, &problem), 0);
	assert_int_equal(read.limit, 100);
}

static void
times_are_iso_or_milliseconds(void **state)
{
	assert_int_equal(ask("from", "1723075200123"), 0);
	assert_true(read.from_us == INT64_C(1723075200123000));
	assert_int_equal(ask("to", "2024-08-08T00:00:00Z"), 0);
	assert_true(read.to_us == INT64_C(1723075200000000));
	assert_int_equal(ask("from", "2024-08-08T03:00:00+03:00"), 0);
	assert_true(read.from_us == INT64_C(1723075200000000));
}

static void
an_unescaped_plus_is_the_offset_that_was_meant(void **state)
{
	assert_int_equal(ask("from", "2024-08-08T03:00:00 03:00"), 0);
	assert_true(read.from_us == INT64_C(1723075200000000));
}

static void
a_value_that_is_none_is_refused_by_its_name(void **state)
{
	assert_refused("from", "yesterday");
	assert_refused("from", "");
	assert_refused("to", "2024-13-01");
	assert_refused("to", "11111111111111111111111111111111111111111111111111111111111111111");
	assert_refused("limit", "0");
	assert_refused("limit", "-1");
	assert_refused("limit", "10001");
	assert_refused("limit", "5x");
	assert_refused("limit", "");
	assert_refused("limit", "99999999999999999999");
	assert_refused("after", "xyz");
}

static void
a_parameter_that_the_path_does_not_take_is_refused(void **state)
{
	const struct request request = {.argument_count = 1, .arguments = {{"after", "x"}}};

	assert_refused("limt", "5");
	assert_refused("", "");
	assert_int_equal(parameters_read(&request, PARAMETER_LIMIT, 5, 10, &read, &problem), -EINVAL);
	assert_string_equal(problem.text, "after: this path takes limit");
	assert_int_equal(parameters_read(&request, 0, 5, 10, &read, &problem), -EINVAL);
	assert_string_equal(problem.text, "after: this path takes no parameters");
}

static void
a_parameter_given_twice_is_refused(void **state)
{
	const struct request request = {.argument_count = 2, .arguments = {{"limit", "1"},
		{"limit", "1"}}};

	assert_int_equal(parameters_read(&request, ALL, 500, 10000, &read, &problem), -EINVAL);
	assert_string_equal(problem.text, "limit: given twice");
}

static void
a_range_that_runs_backward_is_refused(void **state)
{
	const struct request request = {.argument_count = 2, .arguments = {{"from", "2000"},
		{"to", "1000"}}};

	assert_int_equal(parameters_read(&request, ALL, 500, 10000, &read, &problem), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_parameters_all_of_time_and_the_usual_limit_hold),
		cmocka_unit_test(times_are_iso_or_milliseconds),
		cmocka_unit_test(an_unescaped_plus_is_the_offset_that_was_meant),
		cmocka_unit_test(a_value_that_is_none_is_refused_by_its_name),
		cmocka_unit_test(a_parameter_that_the_path_does_not_take_is_refused),
		cmocka_unit_test(a_parameter_given_twice_is_refused),
		cmocka_unit_test(a_range_that_runs_backward_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
