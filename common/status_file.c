#define _GNU_SOURCE
#include "common/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

static int
write_beside(const char *beside, const char *text)
{
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640), error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, text, strlen(text));
	if (close(fd) < 0 && error == 0)
		error = -errno;
	return error;
}

int
status_file_write(const char *path, const json_t *content)
{
	char beside[PATH_MAX];
	char *text;
	int error;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	text = json_dumps(content, JSON_COMPACT);
	if (text == NULL)
		return -ENOMEM;
	error = write_beside(beside, text);
	if (error == 0 && rename(beside, path) < 0)
		error = -errno;
	if (error < 0)
		unlink(beside);
	free(text);
	return error;
}

/* What json_load_callback asks: at most STATUS_FILE_MAX_BYTES of a file. */
struct source {
	int fd;
	size_t left;
};

static size_t
read_some(void *buffer, size_t size, void *context)
{
	struct source *source = context;
	ssize_t length;

	if (size > source->left)
		size = source->left;
	do
		length = read(source->fd, buffer, size);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return (size_t)-1;
	source->left -= (size_t)length;
	return (size_t)length;
}

int
status_file_read(const char *path, json_t **ret)
{
	struct source source = {open(path, O_RDONLY | O_CLOEXEC), STATUS_FILE_MAX_BYTES};
	json_t *content;

	if (source.fd < 0)
		return -errno;
	content = json_load_callback(read_some, &source, 0, NULL);
	close(source.fd);
	if (!json_is_object(content)) {
		json_decref(content);
		return -EINVAL;
	}
	*ret = content;
	return 0;
}
