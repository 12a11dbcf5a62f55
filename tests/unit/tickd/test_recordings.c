#define _GNU_SOURCE
#include "tickd/record/recordings.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define FIRST_US INT64_C(1795273200000000) /* 2026-11-21T15:00:00Z */

static void
names_are_utc_and_sort_by_time(void **state)
{
	char name[RECORDING_NAME_SIZE], later[RECORDING_NAME_SIZE];

	recordings_name(name, FIRST_US, 1);
	assert_string_equal(name, "binance-20261121T150000Z.zst");
	recordings_name(later, FIRST_US + 999999, 2);
	assert_string_equal(later, "binance-20261121T150000Z_2.zst");
	assert_true(strcmp(name, later) < 0);
	recordings_name(name, FIRST_US + 1000000, 1);
	assert_true(strcmp(later, name) < 0);
	assert_true(recordings_is_name(name) && recordings_is_name(later));
}

static void
only_names_of_our_own_are_taken_for_recordings(void **state)
{
	static const char *const others[] = {
		"", "binance-", "binance-20261121T150000Z", "binance-20261121T150000Z.zst.part",
		"binance-20261121T15000Z.zst", "binance-20261121T150000Z_1.zst",
		"binance-20261121T150000Z_10.zst", "Binance-20261121T150000Z.zst",
		"binance-20261121t150000Z.zst", "binance-2026112XT150000Z.zst",
		"mine-binance-20261121T150000Z.zst", "binance-20261121T150000Z.gz",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (recordings_is_name(others[i]))
			fail_msg("%s was taken for a recording", others[i]);
}

static const char *
file_of(void **state, const char *name, size_t size)
{
	const char *path = scratch_file(state, name, "");

	assert_int_equal(truncate(path, (off_t)size), 0);
	return path;
}

static bool
is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void
the_oldest_go_beyond_the_limit_but_never_the_one_kept_nor_other_files(void **state)
{
	const char *kept = file_of(state, "binance-20200101T000000Z.zst", 10);
	const char *first = file_of(state, "binance-20261121T130000Z.zst", 1000);
	const char *second = file_of(state, "binance-20261121T130000Z_2.zst", 1000);
	const char *third = file_of(state, "binance-20261121T140000Z.zst", 1000);
	const char *other = file_of(state, "binance-20261121T130000Z.zst.old", 100000);
	struct problem problem;
	int64_t bytes = -1;

	kept = strrchr(kept, '/') + 1;
	assert_int_equal(recordings_trim(*state, kept, 3010, &bytes, &problem), 0);
	assert_int_equal(bytes, 3000);
	assert_true(is_there(first));
	assert_int_equal(recordings_trim(*state, kept, 3009, &bytes, &problem), 0);
	assert_int_equal(bytes, 2000);
	assert_true(!is_there(first) && is_there(second) && is_there(third));
	assert_int_equal(recordings_trim(*state, kept, 0, &bytes, &problem), 0);
	assert_int_equal(bytes, 0);
	assert_true(!is_there(second) && !is_there(third));
	assert_true(is_there(scratch_path(state, kept)) && is_there(other));
}

static void
a_folder_of_a_recordings_name_is_left_alone(void **state)
{
	const char *folder = scratch_path(state, "binance-20200101T000000Z.zst");
	struct problem problem;
	int64_t bytes;

	assert_int_equal(mkdir(folder, 0700), 0);
	file_of(state, "binance-20261121T130000Z.zst", 1000);
	assert_int_equal(recordings_trim(*state, "", 500, &bytes, &problem), 0);
	assert_int_equal(bytes, 0);
	assert_true(is_there(folder));
}

static void
a_folder_that_cannot_be_listed_is_named(void **state)
{
	struct problem problem;
	int64_t bytes;

	assert_int_equal(recordings_trim(scratch_path(state, "none"), "", 0, &bytes, &problem),
	    -ENOENT);
	assert_non_null(strstr(problem.text, "none"));
	assert_int_equal(recordings_trim(scratch_file(state, "file", ""), "", 0, &bytes, &problem),
	    -ENOTDIR);
}

#define with_folder(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_utc_and_sort_by_time),
		cmocka_unit_test(only_names_of_our_own_are_taken_for_recordings),
		with_folder(the_oldest_go_beyond_the_limit_but_never_the_one_kept_nor_other_files),
		with_folder(a_folder_of_a_recordings_name_is_left_alone),
		with_folder(a_folder_that_cannot_be_listed_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
