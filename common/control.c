#define _GNU_SOURCE
#include "common/control.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

struct connection {
	struct control_server *server;
	struct connection *next, **link; /* in the server's list; link is NULL once closing */
	uv_pipe_t pipe;
	uv_timer_t idle;
	uv_write_t write;
	char *answer; /* being written */
	int open_handles;
	bool last; /* closed once the answer is written */
	size_t used;
	char line[CONTROL_REQUEST_MAX];
};

struct control_server {
	uv_pipe_t pipe;
	control_handler *handler;
	void *context;
	struct connection *connections;
	int count;    /* memory of connections not yet freed: what the server outlives */
	bool closing, pipe_closed;
};

/* ---- errors ---- */

json_t *
control_error(const char *code, const char *format, ...)
{
	char message[PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", message);
}

const char *
control_error_message(const json_t *answer)
{
	return json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
}

/* ---- a connection ---- */

static void
server_free_when_done(struct control_server *server)
{
	if (server->pipe_closed && server->count == 0)
		free(server);
}

static void
on_connection_closed(uv_handle_t *handle)
{
	struct connection *connection = handle->data;
	struct control_server *server = connection->server;

	if (--connection->open_handles > 0)
		return;
	free(connection->answer);
	free(connection);
	server->count--;
	server_free_when_done(server);
}

static void
connection_close(struct connection *connection)
{
	if (connection->link == NULL)
		return;
	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	connection->link = NULL;
	uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
	uv_close((uv_handle_t *)&connection->idle, on_connection_closed);
}

static void
on_idle(uv_timer_t *timer)
{
	connection_close(timer->data);
}

static void
restart_idle(struct connection *connection)
{
	uv_timer_start(&connection->idle, on_idle, CONTROL_IDLE_MS, 0);
}

static void
answer_next(struct connection *connection);

static void
on_written(uv_write_t *write, int status)
{
	struct connection *connection = write->data;

	free(connection->answer);
	connection->answer = NULL;
	if (connection->link == NULL)
		return;
	if (status < 0 || connection->last) {
		connection_close(connection);
		return;
	}
	restart_idle(connection);
	answer_next(connection);
}

/* Takes over the reference of `answer`. */
static void
connection_answer(struct connection *connection, json_t *answer)
{
	uv_buf_t buffer;
	size_t length;

	connection->answer = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (connection->answer == NULL) {
		connection_close(connection);
		return;
	}
	/* The NUL's place takes the newline: the text is written by its length. */
	length = strlen(connection->answer);
	connection->answer[length] = '\n';
	buffer = uv_buf_init(connection->answer, (unsigned)length + 1);
	connection->write.data = connection;
	if (uv_write(&connection->write, (uv_stream_t *)&connection->pipe, &buffer, 1, on_written) < 0)
		connection_close(connection);
}

static json_t *
answer_line(struct connection *connection, const char *line, size_t length)
{
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL), *answer;

	if (!json_is_object(request))
		answer = control_error("bad-request", "one JSON object a line is expected");
	else
		answer = connection->server->handler(connection->server->context, request);
	json_decref(request);
	return answer;
}

static void
on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void
on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
	struct connection *connection = handle->data;

	*ret_buffer = uv_buf_init(connection->line + connection->used,
	    (unsigned)(sizeof(connection->line) - connection->used));
}

/* Answers the first whole line that has come; while it is written nothing is read. */
static void
answer_next(struct connection *connection)
{
	char *newline = memchr(connection->line, '\n', connection->used);
	uv_stream_t *stream = (uv_stream_t *)&connection->pipe;
	size_t length;
	json_t *answer;

	if (newline == NULL && connection->used == sizeof(connection->line)) {
		connection->last = true;
		uv_read_stop(stream);
		connection_answer(connection, control_error("too-long",
		    "a request has at most %d bytes", CONTROL_REQUEST_MAX));
		return;
	}
	if (newline == NULL) {
		(void)uv_read_start(stream, on_allocate, on_read);
		return;
	}
	uv_read_stop(stream);
	length = (size_t)(newline - connection->line) + 1;
	answer = answer_line(connection, connection->line, length);
	connection->used -= length;
	memmove(connection->line, newline + 1, connection->used);
	/* The handler may have ended the server, and this connection with it. */
	if (connection->link == NULL)
		json_decref(answer);
	else
		connection_answer(connection, answer);
}

static void
on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
	struct connection *connection = stream->data;

	if (count < 0) {
		connection_close(connection);
		return;
	}
	if (count == 0)
		return;
	connection->used += (size_t)count;
	restart_idle(connection);
	answer_next(connection);
}

/* ---- the server ---- */

static bool
peer_allowed(uv_pipe_t *pipe)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)pipe, &fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static void
connection_greet(struct connection *connection)
{
	json_t *refusal = NULL;

	if (!peer_allowed(&connection->pipe))
		refusal = control_error("forbidden", "only root and the user of the service may ask");
	else if (connection->server->count > CONTROL_CONNECTIONS_MAX)
		refusal = control_error("busy", "more than %d connections", CONTROL_CONNECTIONS_MAX);
	if (refusal == NULL) {
		answer_next(connection);
		return;
	}
	connection->last = true;
	connection_answer(connection, refusal);
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct control_server *server = stream->data;
	struct connection *connection;

	if (status < 0)
		return;
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL)
		return;
	connection->server = server;
	connection->open_handles = 2;
	connection->next = server->connections;
	connection->link = &server->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->count++;
	(void)uv_pipe_init(stream->loop, &connection->pipe, 0);
	(void)uv_timer_init(stream->loop, &connection->idle);
	connection->pipe.data = connection->idle.data = connection;
	if (uv_accept(stream, (uv_stream_t *)&connection->pipe) < 0) {
		connection_close(connection);
		return;
	}
	restart_idle(connection);
	connection_greet(connection);
}

static void
on_server_closed(uv_handle_t *handle)
{
	struct control_server *server = handle->data;

	server->pipe_closed = true;
	server_free_when_done(server);
}

static int
server_listen(struct control_server *server, const char *path)
{
	int error;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	error = uv_pipe_bind(&server->pipe, path);
	if (error == 0 && chmod(path, 0660) < 0)
		error = -errno;
	return error < 0 ? error : uv_listen((uv_stream_t *)&server->pipe, 16, on_connection);
}

int
control_server_create(struct control_server **ret, uv_loop_t *loop, const char *path,
    control_handler *handler, void *context, struct problem *problem)
{
	struct sockaddr_un address;
	struct control_server *server;
	int error;

	if (strlen(path) >= sizeof(address.sun_path))
		return problem_set(problem, -ENAMETOOLONG, "%s: a socket's name has at most %zu bytes",
		    path, sizeof(address.sun_path) - 1);
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	server->handler = handler;
	server->context = context;
	(void)uv_pipe_init(loop, &server->pipe, 0);
	server->pipe.data = server;
	error = server_listen(server, path);
	if (error < 0) {
		problem_set(problem, error, "%s cannot be listened on: %s", path, strerror(-error));
		control_server_close(server);
		return error;
	}
	*ret = server;
	return 0;
}

void
control_server_close(struct control_server *server)
{
	if (server == NULL || server->closing)
		return;
	server->closing = true;
	while (server->connections != NULL)
		connection_close(server->connections);
	uv_close((uv_handle_t *)&server->pipe, on_server_closed);
}

/* ---- the client ---- */

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

static int
send_all(const struct asking *asking, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(asking->fd, text, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (sent < 0) {
			int error = await(asking, POLLOUT);

			if (error < 0)
				return error;
			continue;
		}
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
exchange(const struct asking *asking, const json_t *request, json_t **ret_answer)
{
	char *question = json_dumps(request, JSON_COMPACT), *text = NULL;
	size_t length;
	int error;

	if (question == NULL)
		return -ENOMEM;
	length = strlen(question);
	question[length] = '\n';
	error = send_all(asking, question, length + 1);
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
control_ask(const char *path, const json_t *request, int timeout_ms, json_t **ret_answer,
    struct problem *problem)
{
	struct asking asking = {.deadline_us = clock_monotonic_us() + timeout_ms * CLOCK_MS_US};
	int error = connect_to(path, &asking);

	if (error == 0) {
		error = exchange(&asking, request, ret_answer);
		close(asking.fd);
	}
	return error < 0 ? explain(path, error, problem) : 0;
}
