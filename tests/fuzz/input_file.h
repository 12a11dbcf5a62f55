/*
 * An input as a file that has a name, for what reads files: it lies in memory only.
 */
#ifndef TESTS_FUZZ_INPUT_FILE_H
#define TESTS_FUZZ_INPUT_FILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/target.h"

struct input_file {
	int fd;
	char path[32]; /* /proc/self/fd/N: opened anew, it is read from its start */
};

static inline struct input_file
input_file_open(const uint8_t *data, size_t size)
{
	struct input_file file = {.fd = memfd_create("input", MFD_CLOEXEC)};

	PROMISE(file.fd >= 0);
	PROMISE(write(file.fd, data, size) == (ssize_t)size);
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

static inline void
input_file_close(struct input_file *file)
{
	close(file->fd);
}

#endif
