#define _GNU_SOURCE
#include "tickd/import/archive_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/import/archive_bytes.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct archive_file {
	struct archive_bytes *bytes;
	const char *name;
	const char *at; /* what is left of the current stretch */
	size_t left;
	int64_t line_number;
	bool ended;
	size_t carried; /* the beginning of a line that goes on in the next stretch */
	char carry[ARCHIVE_LINE_MAX];
};

/* Puts NAME:LINE: before what is wrong with the bytes behind the last line. */
static int
at_next_line(const struct archive_file *file, int error, const char *said, struct problem *problem)
{
	return problem_set(problem, error, "%s:%" PRId64 ": %s", file->name, file->line_number + 1,
	    said);
}

static int
carry_on(struct archive_file *file, const char *at, size_t length, struct problem *problem)
{
	if (length > sizeof(file->carry) - file->carried)
		return at_next_line(file, -EBADMSG, "it is longer than any line of such a file",
		    problem);
	memcpy(file->carry + file->carried, at, length);
	file->carried += length;
	return 0;
}

/* Takes what is left of the stretch as far as a line goes: 1 with a whole line, 0 without. */
static int
take(struct archive_file *file, const char **ret_line, size_t *ret_length, struct problem *problem)
{
	const char *end = memchr(file->at, '\n', file->left);
	size_t length = end == NULL ? file->left : (size_t)(end - file->at);
	const char *at = file->at;
	int error;

	file->at += length + (end != NULL);
	file->left -= length + (end != NULL);
	if (end != NULL && file->carried == 0 && length <= ARCHIVE_LINE_MAX) {
		*ret_line = at;
		*ret_length = length;
		return 1;
	}
	error = carry_on(file, at, length, problem);
	if (error < 0 || end == NULL)
		return error;
	*ret_line = file->carry;
	*ret_length = file->carried;
	file->carried = 0;
	return 1;
}

/* 1 with a line that may have ends and marks about it, 0 at the end. */
static int
next_raw(struct archive_file *file, const char **ret_line, size_t *ret_length,
    struct problem *problem)
{
	struct problem said;

	for (;;) {
		int result;

		if (file->left > 0) {
			result = take(file, ret_line, ret_length, problem);
			if (result != 0)
				return result;
		}
		result = file->ended ? 0 :
				       archive_bytes_next(file->bytes, &file->at, &file->left, &said);
		if (result < 0)
			return at_next_line(file, result, said.text, problem);
		if (result > 0)
			continue;
		file->ended = true;
		if (file->carried == 0)
			return 0;
		*ret_line = file->carry;
		*ret_length = file->carried;
		file->carried = 0;
		return 1;
	}
}

int
archive_file_line(struct archive_file *file, const char **ret_line, size_t *ret_length,
    struct problem *problem)
{
	static const size_t mark = sizeof(BYTE_ORDER_MARK) - 1;
	const char *line = NULL;
	size_t length = 0;
	int result = next_raw(file, &line, &length, problem);

	if (result <= 0)
		return result;
	if (file->line_number++ == 0 && length >= mark &&
	    memcmp(line, BYTE_ORDER_MARK, mark) == 0) {
		line += mark;
		length -= mark;
	}
	if (length > 0 && line[length - 1] == '\r')
		length--;
	*ret_line = line;
	*ret_length = length;
	return 1;
}

int64_t
archive_file_line_number(const struct archive_file *file)
{
	return file->line_number;
}

int64_t
archive_file_read(const struct archive_file *file)
{
	return archive_bytes_read(file->bytes);
}

int64_t
archive_file_size(const struct archive_file *file)
{
	return archive_bytes_size(file->bytes);
}

int
archive_file_open(struct archive_file **ret, int fd, const char *name, struct problem *problem)
{
	struct archive_file *file = calloc(1, sizeof(*file));
	struct problem said;
	int error;

	if (file == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	file->name = name;
	error = archive_bytes_open(&file->bytes, fd, &said);
	if (error < 0) {
		problem_set(problem, error, "%s: %s", name, said.text);
		free(file);
		return error;
	}
	*ret = file;
	return 0;
}

void
archive_file_close(struct archive_file *file)
{
	if (file == NULL)
		return;
	archive_bytes_close(file->bytes);
	free(file);
}
