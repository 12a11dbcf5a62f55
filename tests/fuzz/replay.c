/*
 * Runs a fuzz target over files, and over all files of folders, without libFuzzer.
 * Prints "N inputs replayed"; what a target does not like it says by abort().
 */
#define _GNU_SOURCE
#include "tests/fuzz/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define INPUT_MAX_BYTES (1 << 20) /* libFuzzer's own inputs are smaller by far */

/* Returns how many inputs were run, or -1 with the cause said. */
static int
replay_file(const char *path)
{
	/* Exactly as large as the input: a byte read behind it is seen by asan. */
	static uint8_t whole[INPUT_MAX_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, whole, sizeof(whole));
	uint8_t *input;

	if (fd >= 0)
		close(fd);
	input = size < 0 ? NULL : malloc((size_t)size + (size == 0));
	if (input == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	memcpy(input, whole, (size_t)size);
	(void)LLVMFuzzerTestOneInput(input, (size_t)size);
	free(input);
	return 1;
}

static int
replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (folder == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (count >= 0 && (entry = readdir(folder)) != NULL) {
		char name[PATH_MAX];
		int more;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		more = replay_file(name);
		count = more < 0 ? -1 : count + more;
	}
	closedir(folder);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat is;
		int more = stat(argv[i], &is) == 0 && S_ISDIR(is.st_mode) ? replay_folder(argv[i]) :
									    replay_file(argv[i]);

		if (more < 0)
			return EX_NOINPUT;
		count += more;
	}
	printf("%d inputs replayed\n", count);
	return count > 0 ? EX_OK : EX_NOINPUT;
}
