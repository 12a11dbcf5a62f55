#define _GNU_SOURCE
#include "tickd/record/recordings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

static const char shape[] = "binance-00000000T000000Z"; /* 0: a digit */

void
recordings_name(char name[static RECORDING_NAME_SIZE], int64_t first_us, int number)
{
	time_t second = first_us / CLOCK_SECOND_US;
	char again[8] = "";
	struct tm utc;

	gmtime_r(&second, &utc);
	if (number > 1)
		snprintf(again, sizeof(again), "_%d", number % 10);
	snprintf(name, RECORDING_NAME_SIZE, "binance-%04d%02d%02dT%02d%02d%02dZ%s.zst",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	    again);
}

bool
recordings_is_name(const char *name)
{
	for (const char *at = shape; *at != '\0'; at++, name++)
		if (*at == '0' ? !isdigit((unsigned char)*name) : *name != *at)
			return false;
	if (name[0] == '_' && name[1] >= '2' && name[1] <= '0' + RECORDING_SAME_SECOND)
		name += 2;
	return strcmp(name, ".zst") == 0;
}

static int
is_recording(const struct dirent *entry)
{
	return recordings_is_name(entry->d_name);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* -1 for one that somebody else has deleted, and for what is no file. */
static int64_t
size_of(int folder, const char *name)
{
	struct stat file;

	if (fstatat(folder, name, &file, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(file.st_mode))
		return -1;
	return file.st_size;
}

static int64_t
size_of_all(int folder, struct dirent **entries, int count)
{
	int64_t bytes = 0, size;

	for (int i = 0; i < count; i++) {
		size = size_of(folder, entries[i]->d_name);
		bytes += size > 0 ? size : 0;
	}
	return bytes;
}

/* The names are in order of time: the oldest is the first.  Returns -errno of the last refusal. */
static int
delete_oldest(int folder, struct dirent **entries, int count, const char *keep,
    int64_t most_bytes, int64_t *bytes)
{
	int error = 0;

	for (int i = 0; i < count && *bytes > most_bytes; i++) {
		int64_t size = size_of(folder, entries[i]->d_name);

		if (size < 0 || strcmp(entries[i]->d_name, keep) == 0)
			continue;
		if (unlinkat(folder, entries[i]->d_name, 0) == 0 || errno == ENOENT)
			*bytes -= size;
		else
			error = -errno;
	}
	return error;
}

int
recordings_trim(const char *folder, const char *keep, int64_t most_bytes, int64_t *ret_bytes,
    struct problem *problem)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), count, error = 0;
	struct dirent **entries = NULL;
	int64_t bytes, kept;

	count = fd < 0 ? -1 : scandirat(fd, ".", &entries, is_recording, by_name);
	if (count < 0) {
		error = problem_set(problem, -errno, "the recordings in %s cannot be listed: %s",
		    folder, strerror(errno));
		if (fd >= 0)
			close(fd);
		return error;
	}
	bytes = size_of_all(fd, entries, count);
	error = delete_oldest(fd, entries, count, keep, most_bytes, &bytes);
	if (error < 0)
		problem_set(problem, error, "old recordings in %s cannot be deleted: %s", folder,
		    strerror(-error));
	kept = size_of(fd, keep);
	*ret_bytes = bytes - (kept > 0 ? kept : 0);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	close(fd);
	return error;
}
