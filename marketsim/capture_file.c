#define _GNU_SOURCE
#include "marketsim/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#define READ_SIZE (256 * 1024)

/* Room for `length` more bytes. */
static int
text_grow(struct capture_text *text, size_t length)
{
	size_t capacity = text->capacity > 0 ? text->capacity : READ_SIZE;
	char *bytes;

	if (text->most - text->length < length)
		return -EFBIG;
	while (capacity - text->length < length)
		capacity *= 2;
	if (capacity == text->capacity)
		return 0;
	bytes = realloc(text->bytes, capacity);
	if (bytes == NULL)
		return -ENOMEM;
	text->bytes = bytes;
	text->capacity = capacity;
	return 0;
}

/* Reads to the end.  0 or a negative errno. */
static int
read_plain(struct capture_text *text, int fd)
{
	for (;;) {
		int error = text_grow(text, READ_SIZE);
		ssize_t got;

		if (error < 0)
			return error;
		got = read(fd, text->bytes + text->length, READ_SIZE);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return 0;
		if (got > 0)
			text->length += (size_t)got;
	}
}

/* gzip is part of every Debian: its own program spares us a library. */
static int
read_gzip(struct capture_text *text, int fd)
{
	char *arguments[] = { "gzip", "-dc", NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], error, status;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	error = -posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error == 0) {
		error = read_plain(text, ends[0]);
		close(ends[0]);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		return error < 0 ? error : (status == 0 ? 0 : -EBADMSG);
	}
	close(ends[0]);
	return error;
}

/* *ret_wanting is 0 at the end of a zstd frame. */
static int
unpack_zstd(struct capture_text *text, ZSTD_DStream *stream, const char *packed, size_t length,
    size_t *ret_wanting)
{
	ZSTD_inBuffer in = { packed, length, 0 };
	bool full = false;

	while (in.pos < in.size || full) {
		int error = text_grow(text, READ_SIZE);
		ZSTD_outBuffer out = { NULL, READ_SIZE, 0 };

		if (error < 0)
			return error;
		out.dst = text->bytes + text->length;
		*ret_wanting = ZSTD_decompressStream(stream, &out, &in);
		if (ZSTD_isError(*ret_wanting))
			return -EBADMSG;
		text->length += out.pos;
		full = out.pos == out.size;
	}
	return 0;
}

/* What stands behind the last newline since `from` is half a line. */
static void
drop_half_line(struct capture_text *text, size_t from)
{
	while (text->length > from && text->bytes[text->length - 1] != '\n')
		text->length--;
}

static int
read_zstd(struct capture_text *text, int fd, bool *ret_cut)
{
	size_t from = text->length, wanting = 0;
	ZSTD_DStream *stream = ZSTD_createDStream();
	char *packed = malloc(READ_SIZE);
	int error = stream == NULL || packed == NULL ? -ENOMEM : 0;

	while (error == 0) {
		ssize_t got = read(fd, packed, READ_SIZE);

		if (got < 0)
			error = errno == EINTR ? 0 : -errno;
		else if (got == 0)
			break;
		else
			error = unpack_zstd(text, stream, packed, (size_t)got, &wanting);
	}
	*ret_cut = error == 0 && wanting > 0;
	if (*ret_cut)
		drop_half_line(text, from);
	free(packed);
	ZSTD_freeDStream(stream);
	return error;
}

static bool
ends_in(const char *name, const char *ending)
{
	size_t length = strlen(name), end = strlen(ending);

	return length > end && strcmp(name + length - end, ending) == 0;
}

int
capture_file_read(struct capture_text *text, const char *file, bool *ret_cut,
    struct problem *problem)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return problem_set(problem, -errno, "%s: %s", file, strerror(errno));
	*ret_cut = false;
	if (ends_in(file, ".gz"))
		error = read_gzip(text, fd);
	else if (ends_in(file, ".zst"))
		error = read_zstd(text, fd, ret_cut);
	else
		error = read_plain(text, fd);
	close(fd);
	if (error == -EBADMSG)
		return problem_set(problem, error, "%s: its compression is damaged", file);
	if (error == -EFBIG)
		return problem_set(problem, error, "%s: more than %zu bytes of captures", file,
		    text->most);
	if (error < 0)
		return problem_set(problem, error, "%s: %s", file, strerror(-error));
	return 0;
}
