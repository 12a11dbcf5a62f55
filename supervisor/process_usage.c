#define _GNU_SOURCE
#include "supervisor/process_usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

int
process_usage_read(pid_t pid, struct process_usage *ret)
{
	unsigned long user, kernel;
	char path[64], line[1024];
	const char *after_name;
	long pages;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return errno == ENOENT ? -ESRCH : -errno;
	length = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[length] = '\0';
	/* The name is in parentheses and may hold anything, also parentheses. */
	after_name = strrchr(line, ')');
	if (after_name == NULL ||
	    sscanf(after_name + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u "
		"%*u %ld",
		&user, &kernel, &pages) != 3)
		return -ESRCH;
	ret->rss_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
	ret->cpu_us = (int64_t)(user + kernel) * CLOCK_SECOND_US / sysconf(_SC_CLK_TCK);
	return 0;
}
