#define _GNU_SOURCE
#include "common/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

struct asking {
	int fd;
	int64_t deadline_us; /* monotonic */
};

/* Waits until the socket is ready for `events`.  Returns 0, -ETIMEDOUT or -errno. */
static int
await(const struct asking *asking, short events)
{
	struct pollfd poll_fd = {.fd = asking->fd, .events = events};

	for (;;) {
		int64_t left_us = asking->deadline_us - clock_monotonic_us();
		int ready = left_us <= 0 ? 0 : poll(&poll_fd, 1, (int)(left_us / CLOCK_MS_US) + 1);

		if (ready > 0)
			return 0;
		if (ready == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Like send(); a file of 0 or more goes along. */
static ssize_t
send_some(const struct asking *asking, const char *text, size_t length, int file)
{
	union {
		struct cmsghdr header; /* for its alignment */
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (char *)text, .iov_len = length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (file >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &file, sizeof(file));
	}
	return sendmsg(asking->fd, &message, MSG_NOSIGNAL);
}

static int
send_all(const struct asking *asking, const char *text, size_t length, int file)
{
	while (length > 0) {
		ssize_t sent = send_some(asking, text, length, file);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (sent < 0) {
			int error = await(asking, POLLOUT);

			if (error < 0)
				return error;
			continue;
		}
		file = -1; /* gone with the first of it */
		text += sent;
		length -= (size_t)sent;
	}
	return 0;
}

/* Reads up to the newline into *text, the caller's to free in every case. */
static int
receive_line(const struct asking *asking, char **text, size_t *ret_length)
{
	size_t size = 0, used = 0;

	for (;;) {
		ssize_t count;
		int error;

		if (used == size) {
			char *larger = size >= CONTROL_ANSWER_MAX ? NULL : realloc(*text, size * 2 + 4096);

			if (larger == NULL)
				return size >= CONTROL_ANSWER_MAX ? -EPROTO : -ENOMEM;
			*text = larger;
			size = size * 2 + 4096;
		}
		error = await(asking, POLLIN);
		if (error < 0)
			return error;
		count = recv(asking->fd, *text + used, size - used, 0);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -EPROTO;
		used += (size_t)count;
		if ((*text)[used - 1] == '\n') {
			*ret_length = used;
			return 0;
		}
	}
}

static int
exchange(const struct asking *asking, const json_t *request, int file, json_t **ret_answer)
{
	char *question = json_dumps(request, JSON_COMPACT), *text = NULL;
	size_t length;
	int error;

	if (question == NULL)
		return -ENOMEM;
	length = strlen(question);
	question[length] = '\n';
	error = send_all(asking, question, length + 1, file);
	free(question);
	/* A server that refuses closes its end early, and says why before that. */
	if (error == 0 || error == -EPIPE || error == -ECONNRESET)
		error = receive_line(asking, &text, &length);
	if (error == 0) {
		json_t *answer = json_loadb(text, length, 0, NULL);

		error = json_is_object(answer) ? 0 : -EPROTO;
		if (error == 0)
			*ret_answer = answer;
		else
			json_decref(answer);
	}
	free(text);
	return error;
}

static int
connect_to(const char *path, struct asking *asking)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	asking->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (asking->fd < 0)
		return -errno;
	if (connect(asking->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = -errno;

		close(asking->fd);
		return error;
	}
	return 0;
}

static int
explain(const char *path, int error, struct problem *problem)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return problem_set(problem, error, "nobody listens at %s: is it running?", path);
	case -ETIMEDOUT:
		return problem_set(problem, error, "no answer from %s in time", path);
	case -EPROTO:
		return problem_set(problem, error, "%s closed or answered with something that is no "
						   "line of JSON",
		    path);
	default:
		return problem_set(problem, error, "%s: %s", path, strerror(-error));
	}
}

int
control_ask_with_file(const char *path, const json_t *request, int file, int timeout_ms,
    json_t **ret_answer, struct problem *problem)
{
	struct asking asking = {.deadline_us = clock_monotonic_us() + timeout_ms * CLOCK_MS_US};
	int error = connect_to(path, &asking);

	if (error == 0) {
		error = exchange(&asking, request, file, ret_answer);
		close(asking.fd);
	}
	return error < 0 ? explain(path, error, problem) : 0;
}

int
control_ask(const char *path, const json_t *request, int timeout_ms, json_t **ret_answer,
    struct problem *problem)
{
	return control_ask_with_file(path, request, -1, timeout_ms, ret_answer, problem);
}

const char *
control_error_message(const json_t *answer)
{
	return json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
}
