#define _GNU_SOURCE
#include "analysisd/replay_options.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/common/scratch.h"

#define DAY_US INT64_C(86400000000)
#define FIRST_US INT64_C(1769817600000000) /* 2026-01-31 */

static struct replay_words
words_of(const char *from, const char *to, const char *file)
{
	return (struct replay_words){true, true, {from, to}, file};
}

static void
assert_refused(const struct replay_words *words, int expected, const char *sentence)
{
	struct replay_options options = {.from_us = 7, .to_us = 8};
	struct problem problem = {0};

	assert_int_equal(replay_options_read(words, &options, &problem), expected);
	assert_string_equal(problem.text, sentence);
	assert_int_equal(options.from_us, 7); /* untouched */
	assert_int_equal(options.to_us, 8);
}

static void
a_range_is_two_days_or_times_and_the_file_is_new(void **state)
{
	const char *file = scratch_path(state, "replayed.db");
	struct replay_words words = words_of("2026-01-31", "2026-02-01", file);
	struct replay_options options;
	struct problem problem;

	assert_int_equal(replay_options_read(&words, &options, &problem), 0);
	assert_int_equal(options.from_us, FIRST_US);
	assert_int_equal(options.to_us, FIRST_US + DAY_US);
	assert_string_equal(options.file, file);
	words = words_of("2026-01-31T00:00:01Z", "2026-01-31T01:00:02+01:00", file);
	assert_int_equal(replay_options_read(&words, &options, &problem), 0);
	assert_int_equal(options.from_us, FIRST_US + 1000000);
	assert_int_equal(options.to_us, FIRST_US + 2000000);
}

static void
one_option_without_the_other_is_refused(void **state)
{
	struct replay_words words = {.replay = true, .range = {"2026-01-31", "2026-02-01"}};

	assert_refused(&words, -EINVAL, "--replay needs --into FILE");
	words = (struct replay_words){.into = true, .file = "x"};
	assert_refused(&words, -EINVAL, "--into is for --replay FROM TO");
}

static void
what_is_no_time_is_refused(void **state)
{
	const char *file = scratch_path(state, "replayed.db");
	struct replay_words words = words_of("yesterday", "2026-02-01", file);

	assert_refused(&words, -EINVAL,
	    "--replay: yesterday: expected a time, as 2026-01-31 or 2026-01-31T23:59:59Z");
	words = words_of("2026-01-31", "2026-02-31", file);
	assert_refused(&words, -EINVAL,
	    "--replay: 2026-02-31: expected a time, as 2026-01-31 or 2026-01-31T23:59:59Z");
}

static void
a_range_that_ends_where_it_begins_or_before_is_refused(void **state)
{
	const char *file = scratch_path(state, "replayed.db");
	struct replay_words words = words_of("2026-01-31", "2026-01-31T00:00:00Z", file);

	assert_refused(&words, -EINVAL,
	    "--replay: 2026-01-31 is not before 2026-01-31T00:00:00Z");
	words = words_of("2026-02-01", "2026-01-31", file);
	assert_refused(&words, -EINVAL, "--replay: 2026-02-01 is not before 2026-01-31");
}

static void
a_file_that_is_there_is_never_written_over(void **state)
{
	const char *file = scratch_file(state, "kept.db", "precious");
	const char *link = scratch_path(state, "nowhere");
	struct replay_words words = words_of("2026-01-31", "2026-02-01", file);
	char sentence[512];

	snprintf(sentence, sizeof(sentence),
	    "--into: %s exists already: a replay is written to a new file", file);
	assert_refused(&words, -EEXIST, sentence);
	assert_int_equal(symlink("nobody", link), 0);
	words.file = link;
	snprintf(sentence, sizeof(sentence),
	    "--into: %s exists already: a replay is written to a new file", link);
	assert_refused(&words, -EEXIST, sentence);
	words.file = "";
	assert_refused(&words, -EINVAL, "--into: the name of the file is empty");
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_range_is_two_days_or_times_and_the_file_is_new),
		cmocka_unit_test(one_option_without_the_other_is_refused),
		ON_DISK(what_is_no_time_is_refused),
		ON_DISK(a_range_that_ends_where_it_begins_or_before_is_refused),
		ON_DISK(a_file_that_is_there_is_never_written_over),
	};

	return cmocka_run_group_tests_name("analysisd/replay_options", tests, NULL, NULL);
}
