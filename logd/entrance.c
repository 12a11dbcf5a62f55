#define _GNU_SOURCE
#include "logd/entrance.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "logd/answer.h"
#include "logd/arrivals.h"
#include "logd/http_head.h"

#define ACCEPTS_AT_ONCE 64  /* then the loop looks after the others */
#define ACCEPT_PAUSE_MS 100 /* without descriptors or memory: try again after this */
#define REFUSED_READS 64    /* of 4 KiB, of what a refused client has sent */

struct entrance {
	uv_poll_t listener;
	uv_timer_t pause;
	struct arrivals *arrivals;
	int listen_fd;
	int handles; /* still closing */
	int64_t connections_max, refused;
	struct log_limit accept_failed;
	struct entrance_hooks hooks;
};

/* Says why and closes; what has still come in is taken first, or the answer would be lost. */
static void
send_refusal(int fd, struct answer *answer)
{
	char text[HTTP_HEAD_SIZE + 512], unread[4096];
	size_t length = http_head_write(answer, answer->text.length, true, text);

	if (!json_text_failed(&answer->text) && answer->text.length <= sizeof(text) - length) {
		memcpy(text + length, answer->text.bytes, answer->text.length);
		length += answer->text.length;
		for (int i = 0; i < REFUSED_READS && recv(fd, unread, sizeof(unread), 0) > 0; i++)
			;
		(void)!send(fd, text, length, MSG_NOSIGNAL);
	}
	close(fd);
}

static void
refuse_connection(struct entrance *entrance, int fd)
{
	struct answer answer;

	answer_init(&answer);
	answer_error(&answer, 503, "too_many_connections",
	    "%lld connections are open, the most that [api] connections allows",
	    (long long)entrance->connections_max);
	send_refusal(fd, &answer);
	answer_finish(&answer);
	entrance->refused++;
}

static void
read_peer(int fd, char *client, size_t size)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&peer, length, client, (socklen_t)size, NULL, 0,
		NI_NUMERICHOST) != 0)
		snprintf(client, size, "?");
}

static void
on_arrival_refused(void *context, int fd, const struct http_check *check)
{
	struct entrance *entrance = context;
	char client[64];
	const struct http_exchange exchange = {
		.method = check->method,
		.path = check->path,
		.client = client,
		.status = check->status,
		.started_us = clock_wall_us(),
	};
	struct answer answer;

	read_peer(fd, client, sizeof(client));
	answer_init(&answer);
	answer_error(&answer, check->status, check->code, "%s", check->message);
	send_refusal(fd, &answer);
	answer_finish(&answer);
	entrance->hooks.refused(entrance->hooks.context, &exchange);
}

static void
on_arrival_adopted(void *context, int fd, const char *bytes, size_t length)
{
	struct entrance *entrance = context;

	entrance->hooks.adopt(entrance->hooks.context, fd, bytes, length);
}

static void
take_connection(struct entrance *entrance, int fd)
{
	int yes = 1;

	if (entrance->hooks.adopted(entrance->hooks.context) + arrivals_count(entrance->arrivals) >=
	    entrance->connections_max) {
		refuse_connection(entrance, fd);
		return;
	}
	/* A whole answer is written at once: nothing is gained by waiting for more of it. */
	(void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	arrivals_add(entrance->arrivals, fd);
}

static void
on_pause_over(uv_timer_t *timer);

static void
on_connection(uv_poll_t *handle, int status, int events)
{
	struct entrance *entrance = handle->data;

	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		/* cppcheck-suppress nullPointer ; its table does not know that accept4 takes it */
		int fd = accept4(entrance->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		int64_t held_back;

		if (fd >= 0) {
			take_connection(entrance, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno == EAGAIN)
			return;
		if (log_limit_pass(&entrance->accept_failed, 1, 10 * CLOCK_SECOND_US,
			clock_monotonic_us(), &held_back))
			log_event(LOG_WARNING, "accept-failed", NULL,
			    "no connection can be accepted: %s (%lld times more before)",
			    strerror(errno), (long long)held_back);
		uv_poll_stop(&entrance->listener);
		uv_timer_start(&entrance->pause, on_pause_over, ACCEPT_PAUSE_MS, 0);
		return;
	}
}

static void
on_pause_over(uv_timer_t *timer)
{
	struct entrance *entrance = timer->data;

	uv_poll_start(&entrance->listener, UV_READABLE, on_connection);
}

static void
on_closed(uv_handle_t *handle)
{
	struct entrance *entrance = handle->data;

	if (--entrance->handles == 0)
		free(entrance);
}

static void
close_handles(struct entrance *entrance)
{
	entrance->handles = 2;
	uv_close((uv_handle_t *)&entrance->listener, on_closed);
	uv_close((uv_handle_t *)&entrance->pause, on_closed);
}

int
entrance_open(struct entrance **ret, uv_loop_t *loop, int listen_fd, int64_t connections,
    int64_t body_bytes, const struct entrance_hooks *hooks)
{
	struct entrance *entrance = calloc(1, sizeof(*entrance));
	const struct arrivals_hooks arrivals_hooks = {on_arrival_adopted, on_arrival_refused,
		entrance};
	int error;

	if (entrance == NULL)
		return -ENOMEM;
	entrance->listen_fd = listen_fd;
	entrance->connections_max = connections;
	entrance->hooks = *hooks;
	entrance->listener.data = entrance->pause.data = entrance;
	error = uv_poll_init(loop, &entrance->listener, listen_fd);
	if (error < 0) {
		free(entrance);
		return error;
	}
	uv_timer_init(loop, &entrance->pause);
	entrance->arrivals = arrivals_create(loop, body_bytes, &arrivals_hooks);
	if (entrance->arrivals == NULL) {
		close_handles(entrance);
		return -ENOMEM;
	}
	uv_poll_start(&entrance->listener, UV_READABLE, on_connection);
	*ret = entrance;
	return 0;
}

int64_t
entrance_arriving(const struct entrance *entrance)
{
	return arrivals_count(entrance->arrivals);
}

int64_t
entrance_refused(const struct entrance *entrance)
{
	return entrance->refused;
}

void
entrance_close(struct entrance *entrance)
{
	arrivals_close(entrance->arrivals);
	close_handles(entrance);
}
