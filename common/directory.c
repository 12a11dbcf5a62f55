#define _GNU_SOURCE
#include "common/directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is above may be there and not ours to touch: only the last one has to be right. */
static int
make_above(char *path, struct problem *problem)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST && errno != EACCES && errno != EROFS)
			return problem_set(problem, -errno, "%s cannot be created: %s", path,
			    strerror(errno));
		*slash = '/';
	}
	return 0;
}

int
directory_make(const char *path, mode_t mode, struct problem *problem)
{
	char copy[PATH_MAX];
	int error;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return problem_set(problem, -ENAMETOOLONG, "%.200s...: the path is too long", path);
	error = make_above(copy, problem);
	if (error < 0)
		return error;
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return problem_set(problem, -errno, "%s cannot be created: %s", path,
		    strerror(errno));
	if (access(path, W_OK | X_OK) < 0)
		return problem_set(problem, -errno, "%s may not be written: %s", path,
		    strerror(errno));
	return 0;
}
