#define _GNU_SOURCE
#include "common/directory.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

static int
mode_of(const char *path)
{
	struct stat is;

	assert_int_equal(stat(path, &is), 0);
	assert_true(S_ISDIR(is.st_mode));
	return is.st_mode & 0777;
}

static void
a_directory_is_made_with_its_mode_and_what_is_above_it_for_all(void **state)
{
	struct problem problem;
	mode_t mask = umask(022);

	assert_int_equal(directory_make(scratch_path(state, "a/b/c"), 0750, &problem), 0);
	assert_int_equal(mode_of(scratch_path(state, "a")), 0755);
	assert_int_equal(mode_of(scratch_path(state, "a/b")), 0755);
	assert_int_equal(mode_of(scratch_path(state, "a/b/c")), 0750);
	umask(mask);
}

static void
one_that_is_there_is_left_as_it_is(void **state)
{
	struct problem problem;

	assert_int_equal(mkdir(scratch_path(state, "a"), 0700), 0);
	assert_int_equal(directory_make(scratch_path(state, "a"), 0750, &problem), 0);
	assert_int_equal(mode_of(scratch_path(state, "a")), 0700);
}

static void
what_is_in_the_way_is_named_with_the_cause(void **state)
{
	struct problem problem;

	scratch_file(state, "file", "");
	assert_int_equal(directory_make(scratch_path(state, "file/a"), 0750, &problem), -ENOTDIR);
	assert_non_null(strstr(problem.text, "/file/a"));
	assert_non_null(strstr(problem.text, "Not a directory"));
	assert_true(directory_make("/proc/none/a", 0750, &problem) < 0);
	assert_non_null(strstr(problem.text, "/proc/none"));
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_directory_is_made_with_its_mode_and_what_is_above_it_for_all),
		ON_DISK(one_that_is_there_is_left_as_it_is),
		ON_DISK(what_is_in_the_way_is_named_with_the_cause),
	};

	return cmocka_run_group_tests_name("common/directory", tests, NULL, NULL);
}
