#define _GNU_SOURCE
#include "common/wake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The datagram, between processes of one machine and one build. */
struct message {
	uint32_t id;
	uint32_t reserved;
	int64_t seq;
};

struct wake_sender {
	int fd;
	int reader_count;
	struct sockaddr_un readers[];
};

struct wake_receiver {
	uv_poll_t poll;
	int fd;
	wake_callback *callback;
	void *context;
	struct sockaddr_un address;
};

static int
set_address(struct sockaddr_un *address, const char *runtime_dir, const char *name)
{
	int length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s/wake.sock",
	    runtime_dir, name);

	address->sun_family = AF_UNIX;
	return length < 0 || (size_t)length >= sizeof(address->sun_path) ? -ENAMETOOLONG : 0;
}

int
wake_sender_create(struct wake_sender **ret, const char *runtime_dir, const char *const *readers,
    int reader_count, struct problem *problem)
{
	struct wake_sender *sender =
	    calloc(1, sizeof(*sender) + (size_t)reader_count * sizeof(sender->readers[0]));

	if (sender == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	sender->reader_count = reader_count;
	for (int i = 0; i < reader_count; i++)
		if (set_address(&sender->readers[i], runtime_dir, readers[i]) < 0) {
			free(sender);
			return problem_set(problem, -ENAMETOOLONG, "%s is too long for sockets",
			    runtime_dir);
		}
	sender->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (sender->fd < 0) {
		free(sender);
		return problem_set(problem, -errno, "no socket to wake readers: %s", strerror(errno));
	}
	*ret = sender;
	return 0;
}

void
wake_sender_free(struct wake_sender *sender)
{
	if (sender == NULL)
		return;
	close(sender->fd);
	free(sender);
}

void
wake_send(struct wake_sender *sender, enum database_id id, int64_t seq)
{
	const struct message message = {.id = (uint32_t)id, .seq = seq};

	for (int i = 0; i < sender->reader_count; i++)
		(void)sendto(sender->fd, &message, sizeof(message), MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)&sender->readers[i], sizeof(sender->readers[i]));
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct wake_receiver *receiver = poll->data;
	struct message message;
	unsigned ids = 0;

	while (recv(receiver->fd, &message, sizeof(message), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(message))
		if (message.id < DATABASE_COUNT)
			ids |= 1U << message.id;
	if (ids != 0)
		receiver->callback(receiver->context, ids);
}

static int
bind_socket(struct wake_receiver *receiver)
{
	receiver->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (receiver->fd < 0)
		return -errno;
	unlink(receiver->address.sun_path);
	if (bind(receiver->fd, (const struct sockaddr *)&receiver->address,
		sizeof(receiver->address)) < 0) {
		int error = -errno;

		close(receiver->fd);
		return error;
	}
	return 0;
}

int
wake_receiver_create(struct wake_receiver **ret, uv_loop_t *loop, const char *runtime_dir,
    const char *name, wake_callback *callback, void *context, struct problem *problem)
{
	struct wake_receiver *receiver = calloc(1, sizeof(*receiver));
	int error;

	if (receiver == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	receiver->callback = callback;
	receiver->context = context;
	error = set_address(&receiver->address, runtime_dir, name);
	if (error == 0)
		error = bind_socket(receiver);
	if (error < 0) {
		problem_set(problem, error, "%s/%s/wake.sock: %s", runtime_dir, name,
		    strerror(-error));
		free(receiver);
		return error;
	}
	uv_poll_init(loop, &receiver->poll, receiver->fd);
	receiver->poll.data = receiver;
	uv_poll_start(&receiver->poll, UV_READABLE, on_readable);
	*ret = receiver;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct wake_receiver *receiver = handle->data;

	close(receiver->fd);
	unlink(receiver->address.sun_path);
	free(receiver);
}

void
wake_receiver_close(struct wake_receiver *receiver)
{
	if (receiver != NULL)
		uv_close((uv_handle_t *)&receiver->poll, on_closed);
}
