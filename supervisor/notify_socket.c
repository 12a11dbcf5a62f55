#define _GNU_SOURCE
#include "supervisor/notify_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_MAX 4096 /* bytes; the rest of a longer one is lost */
#define TURN_MAX 64	  /* datagrams handed on before the loop goes on with other things */

struct notify_socket {
	uv_poll_t poll;
	int fd;
	notify_callback *callback;
	void *context;
	struct sockaddr_un address;
};

/* ---- reading ---- */

static void
parse_line(const char *line, size_t length, struct notification *notification)
{
	static const char status[] = "STATUS=";
	const size_t prefix = sizeof(status) - 1;

	if (length == 7 && memcmp(line, "READY=1", 7) == 0)
		notification->ready = true;
	else if (length == 10 && memcmp(line, "WATCHDOG=1", 10) == 0)
		notification->alive = true;
	else if (length == 10 && memcmp(line, "STOPPING=1", 10) == 0)
		notification->stopping = true;
	else if (length >= prefix && memcmp(line, status, prefix) == 0) {
		notification->has_status = true;
		snprintf(notification->status, sizeof(notification->status), "%.*s",
		    (int)(length - prefix), line + prefix);
	}
}

void
notification_parse(const char *text, size_t length, struct notification *ret_notification)
{
	ret_notification->ready = ret_notification->alive = ret_notification->stopping = false;
	ret_notification->has_status = false;
	while (length > 0) {
		const char *newline = memchr(text, '\n', length);
		size_t line = newline == NULL ? length : (size_t)(newline - text);

		parse_line(text, line, ret_notification);
		line += newline != NULL;
		text += line;
		length -= line;
	}
}

/* Reads one datagram.  Returns 1, 0 when there is none, or -errno. */
static int
receive(int fd, struct notification *ret_notification)
{
	char text[DATAGRAM_MAX];
	/* Room for the credentials only: descriptors that somebody sends are dropped by the kernel. */
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec part = {text, sizeof(text)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header;
	struct ucred sender;

	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	header = CMSG_FIRSTHDR(&message);
	ret_notification->pid = 0;
	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&sender, CMSG_DATA(header), sizeof(sender));
		ret_notification->pid = sender.pid;
	}
	notification_parse(text, (size_t)length, ret_notification);
	return 1;
}

void
notify_socket_drain(struct notify_socket *socket)
{
	struct notification notification;

	for (int i = 0; i < TURN_MAX; i++) {
		int got = receive(socket->fd, &notification);

		if (got <= 0 && got != -EINTR)
			return;
		if (got > 0)
			socket->callback(socket->context, &notification);
	}
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	notify_socket_drain(poll->data);
}

/* ---- the socket ---- */

static int
open_socket(struct notify_socket *notify)
{
	int on = 1;

	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->fd < 0)
		return -errno;
	if ((unlink(notify->address.sun_path) < 0 && errno != ENOENT) ||
	    setsockopt(notify->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(notify->fd, (struct sockaddr *)&notify->address, sizeof(notify->address)) < 0 ||
	    chmod(notify->address.sun_path, 0660) < 0) {
		int error = -errno;

		close(notify->fd);
		return error;
	}
	return 0;
}

int
notify_socket_create(struct notify_socket **ret, uv_loop_t *loop, const char *path,
    notify_callback *callback, void *context, struct problem *problem)
{
	struct notify_socket *notify = calloc(1, sizeof(*notify));
	int error;

	if (notify == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	notify->callback = callback;
	notify->context = context;
	notify->address.sun_family = AF_UNIX;
	error = strlen(path) < sizeof(notify->address.sun_path) ? 0 : -ENAMETOOLONG;
	if (error == 0) {
		memcpy(notify->address.sun_path, path, strlen(path) + 1);
		error = open_socket(notify);
	}
	if (error < 0) {
		problem_set(problem, error, "%s cannot be listened on: %s", path, strerror(-error));
		free(notify);
		return error;
	}
	(void)uv_poll_init(loop, &notify->poll, notify->fd);
	notify->poll.data = notify;
	(void)uv_poll_start(&notify->poll, UV_READABLE, on_readable);
	*ret = notify;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct notify_socket *notify = handle->data;

	close(notify->fd);
	free(notify);
}

void
notify_socket_close(struct notify_socket *socket)
{
	if (socket == NULL)
		return;
	(void)unlink(socket->address.sun_path);
	uv_close((uv_handle_t *)&socket->poll, on_closed);
}
