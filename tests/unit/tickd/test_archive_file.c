#define _GNU_SOURCE
#include "tickd/import/archive_file.h"

#include <errno.h>
#include <sys/mman.h>

#include "tests/unit/tickd/packed.h"

#define MANY 200000 /* lines: several stretches of every reader */

/* Lines "0", "1" ... of all lengths up to a dozen. */
static char *
many_lines(size_t *ret_length)
{
	char *text = malloc(MANY * 16), *at = text;

	assert_non_null(text);
	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "%d,%.*s\n", i, i % 7, "abcdefg");
	*ret_length = (size_t)(at - text);
	return text;
}

static struct archive_file *
opened(int fd)
{
	struct archive_file *file;
	struct problem problem;

	if (archive_file_open(&file, fd, "a name", &problem) < 0)
		fail_msg("%s", problem.text);
	return file;
}

/* Reads all; returns how it ended, with the number of lines. */
static int
read_all(struct archive_file *file, int *ret_lines, struct problem *problem)
{
	const char *line;
	size_t length;
	int result;

	for (*ret_lines = 0; (result = archive_file_line(file, &line, &length, problem)) == 1;
	     (*ret_lines)++) {
		char expected[32];

		sprintf(expected, "%d,", *ret_lines);
		assert_int_equal(archive_file_line_number(file), *ret_lines + 1);
		assert_memory_equal(line, expected, strlen(expected));
	}
	return result;
}

static void
every_packing_gives_the_same_lines(void **state)
{
	static const char *const names[] = {"plain", "gzip", "zstd", "zip"};
	size_t length;
	char *text = many_lines(&length);

	for (enum packing packing = PLAIN; packing <= ZIP; packing++) {
		int fd = packed_file(state, names[packing], packing, text, length), lines;
		struct archive_file *file = opened(fd);
		struct problem problem;

		assert_int_equal(read_all(file, &lines, &problem), 0);
		assert_int_equal(lines, MANY);
		assert_true(archive_file_read(file) <= archive_file_size(file));
		assert_true(packing == ZIP || archive_file_read(file) == archive_file_size(file));
		archive_file_close(file);
		close(fd);
	}
	free(text);
}

static void
a_file_cut_anywhere_ends_with_a_sentence_behind_what_is_whole(void **state)
{
	size_t length;
	char *text = many_lines(&length);

	for (enum packing packing = GZIP; packing <= ZIP; packing++) {
		int fd = packed_file(state, "whole", packing, text, length);
		struct stat is;

		assert_int_equal(fstat(fd, &is), 0);
		for (off_t cut = is.st_size / 8; cut < is.st_size * 7 / 8; cut += is.st_size / 8) {
			struct archive_file *file;
			struct problem problem = {""};
			int lines;

			assert_int_equal(truncate(scratch_path(state, "whole"), cut), 0);
			file = opened(fd);
			assert_int_equal(read_all(file, &lines, &problem), -EPIPE);
			assert_non_null(strstr(problem.text, "a name:"));
			assert_non_null(strstr(problem.text, ": it ends in the middle of its "));
			archive_file_close(file);
			close(fd);
			fd = packed_file(state, "whole", packing, text, length);
		}
		close(fd);
	}
	free(text);
}

static void
blocks_of_a_recording_that_is_cut_are_whole_up_to_the_last(void **state)
{
	char first[4096], second[4096];
	int fd = packed_file(state, "first", ZSTD, "0,\n1,\n", 6), lines;
	ssize_t one = read(fd, first, sizeof(first)), two;
	struct archive_file *file;
	struct problem problem;

	close(fd);
	fd = packed_file(state, "second", ZSTD, "2,\n3,\n", 6);
	two = read(fd, second, sizeof(second));
	close(fd);
	fd = memfd_create("both", MFD_CLOEXEC);
	assert_int_equal(write(fd, first, (size_t)one), one);
	assert_int_equal(write(fd, second, (size_t)two - 2), two - 2);
	file = opened(fd);
	assert_int_equal(read_all(file, &lines, &problem), -EPIPE);
	assert_true(lines >= 2);
	archive_file_close(file);
	assert_int_equal(pwrite(fd, second, (size_t)two, one), two);
	file = opened(fd);
	assert_int_equal(read_all(file, &lines, &problem), 0);
	assert_int_equal(lines, 4);
	archive_file_close(file);
	close(fd);
}

static void
members_that_follow_each_other_are_one_text(void **state)
{
	char one[4096];
	int fd = packed_file(state, "one", GZIP, "0,\n", 3), both, lines;
	struct archive_file *file;
	struct problem problem;
	ssize_t length;

	close(fd);
	both = open(scratch_path(state, "one"), O_RDWR | O_APPEND | O_CLOEXEC);
	fd = packed_file(state, "two", GZIP, "1,\n", 3);
	length = read(fd, one, sizeof(one));
	assert_int_equal(write(both, one, (size_t)length), length);
	file = opened(both);
	assert_int_equal(read_all(file, &lines, &problem), 0);
	assert_int_equal(lines, 2);
	archive_file_close(file);
	close(fd);
	close(both);
}

static void
a_damaged_file_is_said_to_be(void **state)
{
	size_t length;
	char *text = many_lines(&length);

	for (enum packing packing = GZIP; packing <= ZIP; packing++) {
		int fd = packed_file(state, "damaged", packing, text, length), result;
		int out = open(scratch_path(state, "damaged"), O_WRONLY | O_CLOEXEC);
		struct archive_file *file;
		struct problem problem = {""};
		struct stat is;

		assert_int_equal(fstat(fd, &is), 0);
		for (off_t at = is.st_size / 2; at < is.st_size / 2 + 64; at++)
			assert_int_equal(pwrite(out, "\xa5", 1, at), 1);
		file = opened(fd);
		do /* lines may be wrong before that is noticed */
			result = archive_file_line(file, &(const char *){NULL}, &(size_t){0}, &problem);
		while (result == 1);
		assert_true(result == -EBADMSG || result == -EPIPE);
		assert_non_null(strstr(problem.text, "a name:"));
		archive_file_close(file);
		close(out);
		close(fd);
	}
	free(text);
}

static const char *
line_of(struct archive_file *file)
{
	static char copy[256];
	struct problem problem;
	const char *line;
	size_t length;

	assert_int_equal(archive_file_line(file, &line, &length, &problem), 1);
	assert_true(length < sizeof(copy));
	memcpy(copy, line, length);
	copy[length] = '\0';
	return copy;
}

static void
ends_of_lines_and_marks_are_taken_off(void **state)
{
	int fd = plain_file(state, "x", "\xef\xbb\xbf<DATE>\r\n\n\r\nlast\r");
	struct archive_file *file = opened(fd);
	struct problem problem;
	const char *line;
	size_t length;

	assert_string_equal(line_of(file), "<DATE>");
	assert_string_equal(line_of(file), "");
	assert_string_equal(line_of(file), "");
	assert_string_equal(line_of(file), "last");
	assert_int_equal(archive_file_line(file, &line, &length, &problem), 0);
	assert_int_equal(archive_file_line(file, &line, &length, &problem), 0);
	archive_file_close(file);
	close(fd);
}

static void
a_line_without_end_is_refused_by_its_number(void **state)
{
	char *text = malloc(3 * ARCHIVE_LINE_MAX);
	int fd;
	struct archive_file *file;
	struct problem problem;
	const char *line;
	size_t length;

	memset(text, 'x', 3 * ARCHIVE_LINE_MAX);
	memcpy(text, "0,\n", 3);
	for (enum packing packing = PLAIN; packing <= ZIP; packing++) {
		fd = packed_file(state, "long", packing, text, 3 * ARCHIVE_LINE_MAX);
		file = opened(fd);
		assert_string_equal(line_of(file), "0,");
		assert_int_equal(archive_file_line(file, &line, &length, &problem), -EBADMSG);
		assert_string_equal(problem.text,
		    "a name:2: it is longer than any line of such a file");
		archive_file_close(file);
		close(fd);
	}
	free(text);
}

static int
refused(int fd, struct problem *problem)
{
	struct archive_file *file;
	int error = archive_file_open(&file, fd, "a name", problem);

	close(fd);
	return error;
}

static void
what_is_no_file_with_lines_is_refused(void **state)
{
	struct archive *archive = packed_begin(scratch_path(state, "empty.zip"), ZIP);
	struct problem problem;

	packed_end(archive);
	assert_int_equal(refused(open(scratch_path(state, "empty.zip"), O_RDONLY), &problem),
	    -EBADMSG);
	assert_int_equal(refused(open(*state, O_RDONLY), &problem), -EBADMSG);
	assert_string_equal(problem.text, "a name: it is no plain file");
	assert_int_equal(refused(plain_file(state, "empty", ""), &problem), -EBADMSG);
	assert_string_equal(problem.text, "a name: it is empty");
	assert_int_equal(refused(open(scratch_file(state, "closed", "x"), O_WRONLY), &problem),
	    -EBADF);
}

static void
a_zip_of_two_files_is_refused(void **state)
{
	const char *path = scratch_path(state, "two.zip");
	struct archive *archive = packed_begin(path, ZIP);
	struct archive_file *file;
	struct problem problem;
	const char *line;
	size_t length;
	int fd, result;

	packed_entry(archive, "one.csv", "0,\n", 3);
	packed_entry(archive, "two.csv", "1,\n", 3);
	packed_end(archive);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	file = opened(fd);
	assert_string_equal(line_of(file), "0,");
	result = archive_file_line(file, &line, &length, &problem);
	assert_int_equal(result, -EBADMSG);
	assert_non_null(strstr(problem.text, "more than one file"));
	archive_file_close(file);
	close(fd);
}

static void
where_the_descriptor_stands_does_not_matter(void **state)
{
	int fd = plain_file(state, "x", "0,\n1,\n"), lines;
	struct problem problem;

	for (int i = 0; i < 2; i++) {
		struct archive_file *file = opened(fd);

		assert_int_equal(read_all(file, &lines, &problem), 0);
		assert_int_equal(lines, 2);
		archive_file_close(file);
		assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	}
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
	close(fd);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(every_packing_gives_the_same_lines),
		ON_DISK(a_file_cut_anywhere_ends_with_a_sentence_behind_what_is_whole),
		ON_DISK(blocks_of_a_recording_that_is_cut_are_whole_up_to_the_last),
		ON_DISK(members_that_follow_each_other_are_one_text),
		ON_DISK(a_damaged_file_is_said_to_be),
		ON_DISK(ends_of_lines_and_marks_are_taken_off),
		ON_DISK(a_line_without_end_is_refused_by_its_number),
		ON_DISK(what_is_no_file_with_lines_is_refused),
		ON_DISK(a_zip_of_two_files_is_refused),
		ON_DISK(where_the_descriptor_stands_does_not_matter),
	};

	return cmocka_run_group_tests_name("tickd/archive_file", tests, NULL, NULL);
}
