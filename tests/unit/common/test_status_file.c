#define _GNU_SOURCE
#include "common/status_file.h"

#include <errno.h>
#include <signal.h>

#include "tests/unit/common/scratch.h"

#define ITEMS_MAX 3000

/* An object whose size differs each time and that says itself how long it must be. */
static json_t *
numbered(int round)
{
	int count = round * 7919 % ITEMS_MAX;
	json_t *items = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(items, json_integer(round));
	return json_pack("{s:i, s:i, s:o}", "round", round, "count", count, "items", items);
}

static void
what_is_written_is_read_again(void **state)
{
	const char *path = scratch_path(state, "status.json");
	json_t *content = json_pack("{s:s, s:I}", "state", "running", "pid", (json_int_t)7), *back;
	struct stat is;

	assert_int_equal(status_file_write(path, content), 0);
	assert_int_equal(status_file_read(path, &back), 0);
	assert_true(json_equal(content, back));
	assert_int_equal(stat(path, &is), 0);
	assert_int_equal(is.st_mode & 0777 & ~0640, 0);
	assert_int_equal(access(scratch_path(state, "status.json.new"), F_OK), -1);
	json_decref(content);
	json_decref(back);
}

static int
write_for_ever(void *context)
{
	for (int round = 0;; round++) {
		json_t *content = numbered(round);

		if (status_file_write(context, content) < 0)
			return 1;
		json_decref(content);
	}
}

static void
a_reader_beside_the_writer_never_sees_half_a_file(void **state)
{
	char path[SCRATCH_PATH_SIZE];
	json_t *content = numbered(0);
	json_int_t last = 0;
	pid_t writer;

	snprintf(path, sizeof(path), "%s", scratch_path(state, "status.json"));
	assert_int_equal(status_file_write(path, content), 0);
	json_decref(content);
	writer = fork_child(write_for_ever, path);
	for (int i = 0; i < 300 || last < 20; i++) {
		json_int_t round;

		assert_int_equal(status_file_read(path, &content), 0);
		round = json_integer_value(json_object_get(content, "round"));
		assert_int_equal(json_array_size(json_object_get(content, "items")),
		    json_integer_value(json_object_get(content, "count")));
		assert_true(round >= last);
		last = round;
		json_decref(content);
	}
	kill(writer, SIGKILL);
	assert_int_equal(end_of(writer), 256 + SIGKILL);
}

static void
what_is_no_json_object_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "{", "[1,2]", "null", "7", "\"x\"", "{\"a\":1", "{\"a\":1}x", "{\"a\":\"\xff\"}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *content = NULL;

		assert_int_equal(
		    status_file_read(scratch_file(state, "status.json", texts[i]), &content),
		    -EINVAL);
		assert_null(content);
	}
}

static void
a_missing_file_is_said_to_be_missing(void **state)
{
	json_t *content = NULL;

	assert_int_equal(status_file_read(scratch_path(state, "none"), &content), -ENOENT);
	assert_null(content);
}

static void
a_failed_write_leaves_the_old_file_and_nothing_beside_it(void **state)
{
	const char *path = scratch_path(state, "status.json");
	json_t *content = json_pack("{s:i}", "a", 1);

	/* A folder in the way of the name beside: nothing can be written there. */
	assert_int_equal(status_file_write(path, content), 0);
	assert_int_equal(mkdir(scratch_path(state, "status.json.new"), 0700), 0);
	json_object_set_new(content, "a", json_integer(2));
	assert_int_equal(status_file_write(path, content), -EISDIR);
	json_decref(content);
	assert_int_equal(status_file_read(path, &content), 0);
	assert_int_equal(json_integer_value(json_object_get(content, "a")), 1);
	json_decref(content);
	/* A folder in the way of the file itself: the name beside is taken away again. */
	content = json_object();
	assert_int_equal(mkdir(scratch_path(state, "folder"), 0700), 0);
	assert_int_equal(status_file_write(scratch_path(state, "folder"), content), -EISDIR);
	assert_int_equal(access(scratch_path(state, "folder.new"), F_OK), -1);
	json_decref(content);
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	char path[5000];
	json_t *content = json_object();

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(status_file_write(path, content), -ENAMETOOLONG);
	json_decref(content);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(what_is_written_is_read_again),
		ON_DISK(a_reader_beside_the_writer_never_sees_half_a_file),
		ON_DISK(what_is_no_json_object_is_refused),
		ON_DISK(a_missing_file_is_said_to_be_missing),
		ON_DISK(a_failed_write_leaves_the_old_file_and_nothing_beside_it),
		ON_DISK(a_name_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("common/status_file", tests, NULL, NULL);
}
