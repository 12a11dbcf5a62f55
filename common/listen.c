#define _GNU_SOURCE
#include "common/listen.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/settings.h"

#define HOLDER_SIZE 64
#define INODES_MAX 16 /* listeners on one port: one an address, so this is plenty */

/* ---- who holds a port ---- */

struct inodes {
	unsigned long items[INODES_MAX];
	int count;
};

/* Adds the sockets that listen (state 0A) on `port` by the kernel's table `path`. */
static void
collect_listeners(const char *path, int port, struct inodes *inodes)
{
	FILE *table = fopen(path, "re");
	char line[512];

	if (table == NULL)
		return;
	while (fgets(line, sizeof(line), table) != NULL && inodes->count < INODES_MAX) {
		unsigned local_port, state;
		unsigned long inode;

		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*d %*d %lu",
			&local_port, &state, &inode) == 3 &&
		    (int)local_port == port && state == 0x0A)
			inodes->items[inodes->count++] = inode;
	}
	fclose(table);
}

static bool
descriptor_is(const char *path, const struct inodes *inodes)
{
	char target[64];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	unsigned long inode;

	if (length < 0)
		return false;
	target[length] = '\0';
	if (sscanf(target, "socket:[%lu]", &inode) != 1)
		return false;
	for (int i = 0; i < inodes->count; i++)
		if (inodes->items[i] == inode)
			return true;
	return false;
}

/* False as well for the processes of others, whose descriptors we may not see. */
static bool
process_holds(const char *pid, const struct inodes *inodes)
{
	char path[600];
	const struct dirent *entry;
	bool holds = false;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	directory = opendir(path);
	if (directory == NULL)
		return false;
	while (!holds && (entry = readdir(directory)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", pid, entry->d_name);
		holds = descriptor_is(path, inodes);
	}
	closedir(directory);
	return holds;
}

static void
name_process(const char *pid, char holder[static HOLDER_SIZE])
{
	char path[64], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(name, sizeof(name), file) == NULL)
			name[0] = '\0';
		fclose(file);
	}
	name[strcspn(name, "\n")] = '\0';
	snprintf(holder, HOLDER_SIZE, " by %s (pid %.20s)", name[0] == '\0' ? "a process" : name,
	    pid);
}

/* " by NAME (pid N)", or "" when it cannot be seen who it is. */
static void
find_holder(int port, char holder[static HOLDER_SIZE])
{
	struct inodes inodes = {.count = 0};
	const struct dirent *entry;
	bool found = false;
	DIR *processes;

	holder[0] = '\0';
	collect_listeners("/proc/net/tcp", port, &inodes);
	collect_listeners("/proc/net/tcp6", port, &inodes);
	processes = inodes.count == 0 ? NULL : opendir("/proc");
	if (processes == NULL)
		return;
	while (!found && (entry = readdir(processes)) != NULL) {
		found = isdigit((unsigned char)entry->d_name[0]) &&
		    process_holds(entry->d_name, &inodes);
		if (found)
			name_process(entry->d_name, holder);
	}
	closedir(processes);
}

/* ---- the socket ---- */

static int
refused(const char *listen_at, int port, int error, struct problem *problem)
{
	char holder[HOLDER_SIZE];

	if (error != -EADDRINUSE)
		return problem_set(problem, error, "%s cannot be listened on: %s", listen_at,
		    strerror(-error));
	find_holder(port, holder);
	return problem_set(problem, error, "%s is already in use%s", listen_at, holder);
}

static int
open_socket(const struct addrinfo *at, int *ret_fd)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error, on = 1;

	if (fd < 0)
		return -errno;
	/* Connections of an earlier run that linger in TIME_WAIT must not keep us away. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int
listen_open(const char *listen_at, int *ret_fd, struct problem *problem)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	char address[64], service[8];
	struct addrinfo *found;
	int port, error;

	error = settings_split_listen(listen_at, address, &port);
	if (error < 0)
		return problem_set(problem, error, "%s: expected ADDRESS:PORT", listen_at);
	snprintf(service, sizeof(service), "%u", (unsigned)port & 0xffff);
	error = getaddrinfo(address, service, &hints, &found);
	if (error != 0)
		return problem_set(problem, -EINVAL, "%s is no address to listen on: %s", listen_at,
		    gai_strerror(error));
	error = open_socket(found, ret_fd);
	freeaddrinfo(found);
	return error < 0 ? refused(listen_at, port, error, problem) : 0;
}

int
listen_inherited(int *ret_fd)
{
	const char *named = getenv(LISTEN_VARIABLE);
	int fd, listening = 0;
	socklen_t size = sizeof(listening);

	if (named == NULL)
		return -ENOENT;
	fd = atoi(named);
	unsetenv(LISTEN_VARIABLE);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -EBADF;
	*ret_fd = fd;
	return 0;
}
