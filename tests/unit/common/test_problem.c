#define _GNU_SOURCE
#include "common/problem.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

static void
the_error_comes_back_unchanged_beside_its_sentence(void **state)
{
	struct problem problem;

	assert_int_equal(problem_set(&problem, -EBUSY, "%s holds %d", "tickd", 7), -EBUSY);
	assert_string_equal(problem.text, "tickd holds 7");
}

static void
a_sentence_that_is_too_long_is_cut(void **state)
{
	struct problem problem;
	char text[2 * PROBLEM_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(problem_set(&problem, -EIO, "%s", text), -EIO);
	assert_int_equal(strlen(problem.text), PROBLEM_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_error_comes_back_unchanged_beside_its_sentence),
		cmocka_unit_test(a_sentence_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests_name("common/problem", tests, NULL, NULL);
}
