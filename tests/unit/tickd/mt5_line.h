/*
 * A listener on a loop of the test's own, the stream of one terminal, and that terminal: a socket
 * over loopback, which the test reads and writes between the turns of the loop.
 */
#ifndef TESTS_UNIT_TICKD_MT5_LINE_H
#define TESTS_UNIT_TICKD_MT5_LINE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include "tests/unit/common/scratch.h"
#include "tickd/mt5/mt5_message.h"
#include "tickd/mt5/mt5_stream.h"

enum at_line {
	LINE_KEEP,
	LINE_PAUSE,
	LINE_PAUSE_AND_RESUME,
	LINE_CLOSE,
	LINE_ANSWER_AND_CLOSE,
};

struct line {
	uv_loop_t loop;
	uv_tcp_t listener;
	struct mt5_tls *tls; /* of the test */
	struct mt5_stream *stream;
	int peer; /* the terminal's socket, not blocking; -1: none */
	char address[MT5_ADDRESS_SIZE];
	enum at_line at_line;
	int line_count, ended_count, depth;
	bool too_long;
	char *lines; /* all of them, each with "\n" */
	size_t length;
	char why[PROBLEM_SIZE];
};

static struct line line; /* of the one test that runs */

/* Turns the loop until it holds. */
#define turn_until(condition) wait_until((uv_run(&line.loop, UV_RUN_NOWAIT), (condition)))

static inline void
line_write(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	mt5_stream_write(line.stream, copy);
}

static inline void
line_close(void)
{
	mt5_stream_close(line.stream);
	line.stream = NULL;
}

static inline void
on_line(void *context, char *text, size_t length)
{
	assert_ptr_equal(context, &line);
	assert_non_null(line.stream);
	assert_int_equal(line.depth++, 0);
	line.line_count++;
	if (text == NULL) {
		line.too_long = true;
	} else {
		line.lines = realloc(line.lines, line.length + length + 1);
		assert_non_null(line.lines);
		memcpy(line.lines + line.length, text, length);
		memset(text, '#', length); /* it is ours for the call */
		line.length += length;
		line.lines[line.length++] = '\n';
	}
	if (line.at_line == LINE_PAUSE || line.at_line == LINE_PAUSE_AND_RESUME)
		mt5_stream_pause(line.stream);
	if (line.at_line == LINE_PAUSE_AND_RESUME)
		mt5_stream_resume(line.stream);
	if (line.at_line == LINE_ANSWER_AND_CLOSE)
		line_write("good-bye\n");
	if (line.at_line == LINE_CLOSE || line.at_line == LINE_ANSWER_AND_CLOSE)
		line_close();
	line.depth--;
}

static inline void
on_ended(void *context, const char *why)
{
	assert_ptr_equal(context, &line);
	assert_non_null(line.stream);
	assert_int_equal(line.depth, 0);
	snprintf(line.why, sizeof(line.why), "%s", why);
	line.ended_count++;
}

static inline void
on_line_connection(uv_stream_t *listener, int status)
{
	const struct mt5_stream_hooks hooks = {on_line, on_ended, &line};

	assert_int_equal(status, 0);
	assert_int_equal(
	    mt5_stream_accept(&line.stream, listener, line.tls, &hooks, line.address), 0);
}

/* Listens at `address` and connects to it; room: of the peer's receive buffer, 0 as it is. */
static inline void
line_start_at(const char *address, struct mt5_tls *tls, int room)
{
	struct sockaddr_storage at = {0};
	int size = sizeof(at);

	signal(SIGPIPE, SIG_IGN);
	line = (struct line){.tls = tls};
	if (strchr(address, ':') != NULL)
		assert_int_equal(uv_ip6_addr(address, 0, (struct sockaddr_in6 *)&at), 0);
	else
		assert_int_equal(uv_ip4_addr(address, 0, (struct sockaddr_in *)&at), 0);
	assert_int_equal(uv_loop_init(&line.loop), 0);
	assert_int_equal(uv_tcp_init(&line.loop, &line.listener), 0);
	assert_int_equal(uv_tcp_bind(&line.listener, (struct sockaddr *)&at, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&line.listener, 4, on_line_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&line.listener, (struct sockaddr *)&at, &size), 0);
	line.peer = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(line.peer >= 0);
	if (room > 0)
		assert_int_equal(
		    setsockopt(line.peer, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)), 0);
	assert_int_equal(connect(line.peer, (struct sockaddr *)&at, (socklen_t)size), 0);
	assert_int_equal(fcntl(line.peer, F_SETFL, O_NONBLOCK), 0);
	turn_until(line.stream != NULL);
}

static inline void
line_start(struct mt5_tls *tls)
{
	line_start_at("127.0.0.1", tls, 0);
}

static inline void
peer_hang_up(void)
{
	if (line.peer >= 0)
		close(line.peer);
	line.peer = -1;
}

/* Closes what is open; nothing may be left on the loop. */
static inline void
line_finish(void)
{
	line_close();
	peer_hang_up();
	uv_close((uv_handle_t *)&line.listener, NULL);
	assert_int_equal(uv_run(&line.loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&line.loop), 0);
	free(line.lines);
}

/* ---- the terminal ---- */

static inline void
peer_send(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = send(line.peer, bytes, length, MSG_NOSIGNAL);

		if (count < 0)
			assert_int_equal(errno, EAGAIN);
		uv_run(&line.loop, UV_RUN_NOWAIT);
		bytes += count > 0 ? count : 0;
		length -= count > 0 ? (size_t)count : 0;
	}
}

static inline void
peer_say(const char *text)
{
	peer_send(text, strlen(text));
}

/* Reads until the other end is over; the text is the caller's to free. */
static inline char *
peer_hear_all(void)
{
	size_t length = 0, room = 4 * MT5_OUT_MAX;
	char *text = calloc(1, room);
	ssize_t count = -1;

	assert_non_null(text);
	do {
		turn_until((count = recv(line.peer, text + length, room - length - 1, 0)) >= 0 ||
		    errno != EAGAIN);
		assert_true(count >= 0);
		length += (size_t)count;
	} while (count > 0);
	return text;
}

static inline void
assert_lines(const char *expected)
{
	assert_int_equal(line.length, strlen(expected));
	assert_memory_equal(line.lines, expected, line.length);
}

/* `length` characters of text and their end. */
static inline char *
long_line(size_t length, const char *end)
{
	char *text = malloc(length + strlen(end) + 1);

	assert_non_null(text);
	memset(text, 'x', length);
	memcpy(text + length, end, strlen(end) + 1);
	return text;
}

#endif
