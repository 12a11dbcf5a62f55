/*
 * A file to import of any bytes: lines in bounded memory and time, or one sentence.
 */
#define _GNU_SOURCE
#include "tickd/import/archive_file.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/input_file.h"

#define LINES_MAX 100000 /* a small file can hold any number of them */

static void
read_lines(struct archive_file *file)
{
	struct problem problem = {""};
	const char *line;
	size_t length;
	int result = 1;

	for (int i = 1; i <= LINES_MAX && result == 1; i++) {
		result = archive_file_line(file, &line, &length, &problem);
		if (result != 1)
			break;
		PROMISE(length <= ARCHIVE_LINE_MAX);
		PROMISE(memchr(line, '\n', length) == NULL);
		PROMISE(archive_file_line_number(file) == i);
	}
	PROMISE(result == 1 || result == 0 || result == -EBADMSG || result == -EPIPE ||
	    result == -EIO);
	PROMISE(result >= 0 || strncmp(problem.text, "input:", 6) == 0);
	PROMISE(archive_file_read(file) <= archive_file_size(file));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file input = input_file_open(data, size);
	struct archive_file *file;
	struct problem problem = {""};
	int error = archive_file_open(&file, input.fd, "input", &problem);

	PROMISE(error == 0 || error == -EBADMSG || error == -EPIPE);
	if (error == 0) {
		read_lines(file);
		archive_file_close(file);
	} else {
		PROMISE(strncmp(problem.text, "input: ", 7) == 0);
	}
	input_file_close(&input);
	return 0;
}
