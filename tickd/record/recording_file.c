#define _GNU_SOURCE
#include "tickd/record/recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So that a new name outlives a power failure; where folders cannot be synchronised it does not. */
static void
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!fsync(fd);
	close(fd);
}

static int
open_new(struct recording_file *file, const char *folder, int64_t first_us)
{
	char name[RECORDING_NAME_SIZE];
	int length;

	file->fd = -1;
	for (int number = 1; number <= RECORDING_SAME_SECOND; number++) {
		recordings_name(name, first_us, number);
		length = snprintf(file->path, sizeof(file->path), "%s/%s", folder, name);
		if (length >= (int)sizeof(file->path))
			return -ENAMETOOLONG;
		file->name = file->path + length - strlen(name);
		file->fd = open(file->path,
		    O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
		if (file->fd >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -errno;
}

int
recording_file_open(struct recording_file *file, const char *folder, int64_t first_us,
    struct problem *problem)
{
	int error = open_new(file, folder, first_us);

	if (error < 0)
		return problem_set(problem, error, "no recording can be made in %s: %s", folder,
		    strerror(-error));
	sync_folder(folder);
	file->bytes = 0;
	file->unsynced = false;
	return 0;
}

static int
write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

int
recording_file_append(struct recording_file *file, const void *block, size_t length)
{
	int error = write_all(file->fd, block, length);

	if (error == 0) {
		file->bytes += (int64_t)length;
		file->unsynced = true;
		return 0;
	}
	if (ftruncate(file->fd, file->bytes) < 0) {
		close(file->fd);
		file->fd = -1;
	}
	return error;
}

int
recording_file_sync(struct recording_file *file)
{
	if (!file->unsynced)
		return 0;
	file->unsynced = false;
	return fdatasync(file->fd) < 0 ? -errno : 0;
}

bool
recording_file_is_gone(const struct recording_file *file)
{
	struct stat now;

	return fstat(file->fd, &now) == 0 && now.st_nlink == 0;
}

int
recording_file_close(struct recording_file *file)
{
	int error = recording_file_sync(file);

	if (file->bytes == 0)
		(void)!unlink(file->path);
	if (close(file->fd) < 0 && error == 0)
		error = -errno;
	file->fd = -1;
	return error;
}
