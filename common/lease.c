#define _GNU_SOURCE
#include "common/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lease {
	int fd;
};

static struct flock
whole_file(short type)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

static void
read_holder(int fd, char holder[static LEASE_HOLDER_SIZE], int *ret_pid)
{
	ssize_t length = pread(fd, holder, LEASE_HOLDER_SIZE - 1, 0);
	char *space;

	holder[length < 0 ? 0 : length] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	space = strchr(holder, ' ');
	*ret_pid = space == NULL ? 0 : atoi(space + 1);
}

static int
refused(int fd, const char *path, const char *name, struct problem *problem)
{
	char holder[LEASE_HOLDER_SIZE];
	int pid;

	read_holder(fd, holder, &pid);
	holder[strcspn(holder, " ")] = '\0';
	return problem_set(problem, -EBUSY, "%s cannot start: %s (pid %d) is running and holds %s",
	    name, holder, pid, path);
}

static int
write_holder(int fd, const char *name)
{
	char text[LEASE_HOLDER_SIZE];
	int length = snprintf(text, sizeof(text), "%.40s %d\n", name, (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)length, 0) != length)
		return -errno;
	return 0;
}

int
lease_take(const char *path, const char *name, struct lease **ret_lease, struct problem *problem)
{
	struct flock lock = whole_file(F_WRLCK);
	struct lease *lease = malloc(sizeof(*lease));
	int error;

	if (lease == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	lease->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (lease->fd < 0) {
		error = problem_set(problem, -errno, "%s cannot open its lease %s: %s", name, path,
		    strerror(errno));
		goto free_lease;
	}
	if (fcntl(lease->fd, F_OFD_SETLK, &lock) < 0) {
		error = errno == EAGAIN || errno == EACCES ?
		    refused(lease->fd, path, name, problem) :
		    problem_set(problem, -errno, "%s cannot lock %s: %s", name, path,
			strerror(errno));
		goto close_file;
	}
	error = write_holder(lease->fd, name);
	if (error < 0) {
		problem_set(problem, error, "%s cannot write its lease %s: %s", name, path,
		    strerror(-error));
		goto close_file;
	}
	*ret_lease = lease;
	return 0;

close_file:
	close(lease->fd);
free_lease:
	free(lease);
	return error;
}

void
lease_release(struct lease *lease)
{
	if (lease == NULL)
		return;
	close(lease->fd);
	free(lease);
}

int
lease_holder(const char *path, char holder[static LEASE_HOLDER_SIZE], int *ret_pid)
{
	struct flock lock = whole_file(F_WRLCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC), held;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fcntl(fd, F_OFD_GETLK, &lock) < 0) {
		held = -errno;
	} else {
		held = lock.l_type != F_UNLCK;
		if (held)
			read_holder(fd, holder, ret_pid);
	}
	close(fd);
	return held;
}
