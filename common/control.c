#define _GNU_SOURCE
#include "common/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct connection {
	struct control_server *server;
	struct connection *next, **link; /* in the server's list; link is NULL once closing */
	uv_pipe_t pipe;
	uv_timer_t idle;
	uv_write_t write;
	char *answer; /* being written */
	int open_handles;
	int file;  /* that came with the question, -1 without one */
	bool last; /* closed once the answer is written */
	size_t used;
	char line[CONTROL_REQUEST_MAX];
};

struct control_server {
	uv_pipe_t pipe;
	control_handler *handler;
	void *context;
	struct connection *connections;
	struct connection *asking; /* whose question the handler is answering */
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
	if (connection->file >= 0)
		close(connection->file);
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

static void
drop_file(struct connection *connection)
{
	if (connection->file >= 0)
		close(connection->file);
	connection->file = -1;
}

/* A server that the handler ends is not freed before the loop turns again. */
static json_t *
answer_line(struct connection *connection, const char *line, size_t length)
{
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL), *answer;
	struct control_server *server = connection->server;

	server->asking = connection;
	if (!json_is_object(request))
		answer = control_error("bad-request", "one JSON object a line is expected");
	else
		answer = server->handler(server->context, request);
	server->asking = NULL;
	drop_file(connection);
	json_decref(request);
	return answer;
}

int
control_server_take_file(struct control_server *server)
{
	int file;

	assert(server->asking != NULL);
	file = server->asking->file;
	server->asking->file = -1;
	return file;
}

/* ---- a file that comes with a question ---- */

static void
on_passed_closed(uv_handle_t *handle)
{
	free(handle);
}

/*
 * libuv hands out what was passed as a pipe, whatever it is: that pipe is never read, only asked
 * for its descriptor.
 */
static void
take_passed(struct connection *connection)
{
	uv_pipe_t *passed = malloc(sizeof(*passed));
	uv_os_fd_t fd;

	if (passed == NULL) /* libuv keeps it, and closes it with the connection */
		return;
	(void)uv_pipe_init(connection->pipe.loop, passed, 0);
	if (uv_accept((uv_stream_t *)&connection->pipe, (uv_stream_t *)passed) == 0 &&
	    uv_fileno((uv_handle_t *)passed, &fd) == 0) {
		drop_file(connection);
		connection->file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	}
	uv_close((uv_handle_t *)passed, on_passed_closed);
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
	for (int waiting = uv_pipe_pending_count(&connection->pipe); waiting > 0; waiting--)
		take_passed(connection);
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
	connection->file = -1;
	connection->open_handles = 2;
	connection->next = server->connections;
	connection->link = &server->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->count++;
	(void)uv_pipe_init(stream->loop, &connection->pipe, 1); /* 1: files may come with questions */
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
