#define _GNU_SOURCE
#include "tickd/mt5/mt5_stream.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/mt5/mt5_message.h"

#define KEEPALIVE_S 60
#define RECEIVE_BYTES 65536 /* at once: libuv reads up to 32 times before others have their turn */

struct outgoing {
	uv_write_t write;
	struct mt5_stream *stream;
	char *bytes;
	size_t length;
};

struct mt5_stream {
	uv_tcp_t tcp;
	uv_timer_t timer; /* the word that it is over; the farewell's end */
	uv_shutdown_t shutdown;
	int open_handles;
	struct mt5_stream_hooks hooks;
	struct mt5_tls_session *tls; /* NULL: plain */
	char *received;		     /* room for what is encrypted, with `tls` */
	struct problem why;	     /* with `ended` */
	size_t out_bytes;	     /* that libuv has not told us written */
	bool paused;
	bool deaf;    /* nothing is read any more: a line was too long */
	bool ended;   /* from outside: told, or the timer will tell */
	bool handing; /* a line, or several, to the hook */
	bool hung_up; /* by the terminal: there is nothing to read any more */
	bool closing;
	bool shut;     /* all was sent, and the end of it too */
	bool finished; /* handed to libuv to be closed */
	size_t begin, searched, end; /* of the lines: handed on, without a newline, filled */
	char lines[MT5_LINE_MAX];
};

/* ---- the end ---- */

static void
on_closed(uv_handle_t *handle)
{
	struct mt5_stream *stream = handle->data;

	if (--stream->open_handles > 0)
		return;
	mt5_tls_session_free(stream->tls);
	free(stream->received);
	free(stream);
}

static void
finish(struct mt5_stream *stream)
{
	if (stream->finished)
		return;
	stream->finished = true;
	uv_close((uv_handle_t *)&stream->tcp, on_closed);
	uv_close((uv_handle_t *)&stream->timer, on_closed);
}

static void
on_over(uv_timer_t *timer)
{
	struct mt5_stream *stream = timer->data;

	if (stream->closing)
		finish(stream);
	else
		stream->hooks.ended(stream->hooks.context, stream->why.text);
}

/* Over from outside: the hook is called by the loop, never within a call of the stream's user. */
__attribute__((format(printf, 2, 3))) static void
over(struct mt5_stream *stream, const char *format, ...)
{
	va_list arguments;

	if (stream->ended || stream->closing)
		return;
	stream->ended = true;
	va_start(arguments, format);
	vsnprintf(stream->why.text, sizeof(stream->why.text), format, arguments);
	va_end(arguments);
	uv_read_stop((uv_stream_t *)&stream->tcp);
	uv_timer_start(&stream->timer, on_over, 0, 0);
}

static void
broken(struct mt5_stream *stream, int error)
{
	char text[128];

	over(stream, "the connection broke: %s", uv_strerror_r(error, text, sizeof(text)));
}

/* ---- to the terminal ---- */

static size_t
waiting(const struct mt5_stream *stream)
{
	return stream->out_bytes +
	    (stream->tls != NULL ? mt5_tls_session_waiting(stream->tls) : 0);
}

static bool
has_room(struct mt5_stream *stream, size_t length)
{
	if (waiting(stream) + length <= MT5_OUT_MAX)
		return true;
	over(stream, "the terminal does not read: %zu bytes wait for it", waiting(stream));
	return false;
}

static void
on_written(uv_write_t *write, int status)
{
	struct outgoing *outgoing = write->data;
	struct mt5_stream *stream = outgoing->stream;

	stream->out_bytes -= outgoing->length;
	free(outgoing->bytes);
	free(outgoing);
	if (status < 0)
		broken(stream, status);
}

/* Takes `bytes`. */
static void
send_bytes(struct mt5_stream *stream, char *bytes, size_t length)
{
	struct outgoing *outgoing = malloc(sizeof(*outgoing));
	uv_buf_t buffer = uv_buf_init(bytes, (unsigned)length);
	int error = outgoing == NULL ? UV_ENOMEM : 0;

	if (error == 0) {
		*outgoing = (struct outgoing){.stream = stream, .bytes = bytes, .length = length};
		outgoing->write.data = outgoing;
		stream->out_bytes += length;
		error = uv_write(&outgoing->write, (uv_stream_t *)&stream->tcp, &buffer, 1,
		    on_written);
		if (error < 0)
			stream->out_bytes -= length;
	}
	if (error < 0) {
		free(bytes);
		free(outgoing);
		broken(stream, error);
	}
}

/* What TLS has to say: lines, and its own part of the conversation. */
static void
send_encrypted(struct mt5_stream *stream)
{
	char *bytes = NULL;
	ssize_t length = mt5_tls_session_take(stream->tls, &bytes);

	if (length < 0)
		broken(stream, UV_ENOMEM);
	else if (length > 0 && (stream->closing || has_room(stream, (size_t)length)))
		send_bytes(stream, bytes, (size_t)length);
	else
		free(bytes);
}

void
mt5_stream_write(struct mt5_stream *stream, char *line)
{
	size_t length = line == NULL ? 0 : strlen(line);

	if (length == 0 || stream->ended || stream->closing || !has_room(stream, length)) {
		free(line);
		return;
	}
	if (stream->tls == NULL) {
		send_bytes(stream, line, length);
		return;
	}
	if (mt5_tls_session_write(stream->tls, line, length) < 0)
		over(stream, "TLS failed: a line could not be encrypted");
	free(line);
	send_encrypted(stream);
}

/* ---- the farewell: all that is queued, the end, and what the terminal still says unread ---- */

static void
on_shut(uv_shutdown_t *request, int status)
{
	struct mt5_stream *stream = request->data;

	stream->shut = true;
	if (status < 0 || stream->hung_up)
		finish(stream);
}

static void
say_goodbye(struct mt5_stream *stream)
{
	if (stream->tls != NULL) {
		mt5_tls_session_shutdown(stream->tls);
		send_encrypted(stream);
	}
	stream->shutdown.data = stream;
	if (uv_shutdown(&stream->shutdown, (uv_stream_t *)&stream->tcp, on_shut) < 0)
		finish(stream);
}

/* Only a handshake that is not over yet is still of interest: the last line waits for it. */
static void
pass_over(struct mt5_stream *stream, ssize_t count)
{
	struct problem problem;

	if (stream->shutdown.data != NULL)
		return;
	if (mt5_tls_session_receive(stream->tls, stream->received, (size_t)count) < 0 ||
	    mt5_tls_session_read(stream->tls, stream->lines, sizeof(stream->lines), &problem) < 0) {
		finish(stream);
		return;
	}
	send_encrypted(stream);
	if (mt5_tls_session_waiting(stream->tls) == 0)
		say_goodbye(stream);
}

/* ---- from the terminal ---- */

static bool
listens(const struct mt5_stream *stream)
{
	return !stream->paused && !stream->deaf && !stream->ended && !stream->closing;
}

/* The next whole line, ended by a NUL; NULL where there is none. */
static char *
next_line(struct mt5_stream *stream, size_t *ret_length)
{
	char *line = stream->lines + stream->begin, *newline;

	newline = memchr(stream->lines + stream->searched, '\n', stream->end - stream->searched);
	if (newline == NULL) {
		stream->searched = stream->end;
		return NULL;
	}
	stream->begin = stream->searched = (size_t)(newline + 1 - stream->lines);
	if (newline > line && newline[-1] == '\r')
		newline--;
	*newline = '\0';
	*ret_length = (size_t)(newline - line);
	return line;
}

/* Behind the last whole line: its beginning is moved to the front, once. */
static void
make_room(struct mt5_stream *stream)
{
	size_t length = stream->end - stream->begin;

	if (length == sizeof(stream->lines)) {
		stream->deaf = true;
		uv_read_stop((uv_stream_t *)&stream->tcp);
		stream->hooks.line(stream->hooks.context, NULL, 0);
		return;
	}
	if (stream->begin > 0 && length > 0)
		memmove(stream->lines, stream->lines + stream->begin, length);
	stream->begin = 0;
	stream->searched = stream->end = length;
}

/* The lines that are there.  Whatever a hook does, memory stays until the loop turns. */
static void
hand_on(struct mt5_stream *stream)
{
	size_t length = 0;
	char *line = NULL;

	stream->handing = true;
	while (listens(stream) && (line = next_line(stream, &length)) != NULL)
		stream->hooks.line(stream->hooks.context, line, length);
	if (listens(stream))
		make_room(stream);
	stream->handing = false;
}

/* Moves plain text behind the lines.  False: there is none by now, or never will be. */
static bool
decrypt(struct mt5_stream *stream)
{
	struct problem problem;
	ssize_t count = mt5_tls_session_read(stream->tls, stream->lines + stream->end,
	    sizeof(stream->lines) - stream->end, &problem);

	send_encrypted(stream);
	if (count == -ESHUTDOWN)
		over(stream, "the terminal closed the connection");
	else if (count < 0)
		over(stream, "%s", problem.text);
	else
		stream->end += (size_t)count;
	return count > 0;
}

static void
on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
	struct mt5_stream *stream = handle->data;
	size_t room = sizeof(stream->lines) - stream->end;

	if (stream->tls != NULL)
		*ret_buffer = uv_buf_init(stream->received, RECEIVE_BYTES);
	else if (stream->closing)
		*ret_buffer = uv_buf_init(stream->lines, RECEIVE_BYTES);
	else
		*ret_buffer = uv_buf_init(stream->lines + stream->end,
		    (unsigned)(room < RECEIVE_BYTES ? room : RECEIVE_BYTES));
}

static void
on_read(uv_stream_t *tcp, ssize_t count, const uv_buf_t *buffer);

/* Hands on what is there, decrypted as there is room, and reads on. */
static void
go_on(struct mt5_stream *stream)
{
	hand_on(stream);
	while (stream->tls != NULL && listens(stream) && decrypt(stream))
		hand_on(stream);
	if (listens(stream))
		(void)uv_read_start((uv_stream_t *)&stream->tcp, on_allocate, on_read);
}

static void
hang_up(struct mt5_stream *stream, int error)
{
	stream->hung_up = true;
	if (stream->shut || (stream->closing && stream->shutdown.data == NULL))
		finish(stream);
	else if (error != UV_EOF)
		broken(stream, error);
	else
		over(stream, "the terminal closed the connection%s",
		    stream->end > stream->begin ? " within a line" : "");
}

static void
on_read(uv_stream_t *tcp, ssize_t count, const uv_buf_t *buffer)
{
	struct mt5_stream *stream = tcp->data;

	if (count < 0)
		hang_up(stream, (int)count);
	if (count <= 0)
		return;
	if (stream->closing) {
		pass_over(stream, count);
		return;
	}
	if (stream->tls == NULL && stream->end == 0 && buffer->base[0] == MT5_TLS_HANDSHAKE) {
		over(stream, "the terminal speaks TLS where plain text is expected");
		return;
	}
	if (stream->tls == NULL)
		stream->end += (size_t)count;
	else if (mt5_tls_session_receive(stream->tls, buffer->base, (size_t)count) < 0)
		broken(stream, UV_ENOMEM);
	go_on(stream);
}

void
mt5_stream_pause(struct mt5_stream *stream)
{
	stream->paused = true;
	if (!stream->closing)
		uv_read_stop((uv_stream_t *)&stream->tcp);
}

void
mt5_stream_resume(struct mt5_stream *stream)
{
	if (!stream->paused)
		return;
	stream->paused = false;
	if (!stream->handing && listens(stream))
		go_on(stream);
}

void
mt5_stream_close(struct mt5_stream *stream)
{
	if (stream == NULL || stream->closing)
		return;
	stream->closing = true;
	if (waiting(stream) == 0) {
		finish(stream);
		return;
	}
	uv_timer_start(&stream->timer, on_over, MT5_FAREWELL_MS, 0);
	if (!stream->hung_up)
		(void)uv_read_start((uv_stream_t *)&stream->tcp, on_allocate, on_read);
	if (stream->tls == NULL || mt5_tls_session_waiting(stream->tls) == 0)
		say_goodbye(stream);
}

/* ---- the beginning ---- */

static int
peer_address(const uv_tcp_t *tcp, char address[static MT5_ADDRESS_SIZE])
{
	struct sockaddr_storage peer;
	int size = sizeof(peer), error = uv_tcp_getpeername(tcp, (struct sockaddr *)&peer, &size);

	if (error < 0)
		return error;
	return getnameinfo((struct sockaddr *)&peer, (socklen_t)size, address, MT5_ADDRESS_SIZE,
		   NULL, 0, NI_NUMERICHOST) == 0 ? 0 : -EAFNOSUPPORT;
}

static int
take(struct mt5_stream *stream, uv_stream_t *listener, char address[static MT5_ADDRESS_SIZE])
{
	int error = uv_accept(listener, (uv_stream_t *)&stream->tcp);

	if (error == 0)
		error = peer_address(&stream->tcp, address);
	if (error == 0)
		error = uv_tcp_nodelay(&stream->tcp, 1);
	if (error == 0)
		error = uv_tcp_keepalive(&stream->tcp, 1, KEEPALIVE_S);
	if (error == 0)
		error = uv_read_start((uv_stream_t *)&stream->tcp, on_allocate, on_read);
	return error;
}

static struct mt5_stream *
create(uv_loop_t *loop, struct mt5_tls *tls, const struct mt5_stream_hooks *hooks)
{
	struct mt5_stream *stream = calloc(1, sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->hooks = *hooks;
	if (tls != NULL) {
		stream->tls = mt5_tls_session_create(tls);
		stream->received = malloc(RECEIVE_BYTES);
		if (stream->tls == NULL || stream->received == NULL) {
			mt5_tls_session_free(stream->tls);
			free(stream->received);
			free(stream);
			return NULL;
		}
	}
	(void)uv_tcp_init(loop, &stream->tcp);
	(void)uv_timer_init(loop, &stream->timer);
	stream->open_handles = 2;
	stream->tcp.data = stream->timer.data = stream;
	return stream;
}

int
mt5_stream_accept(struct mt5_stream **ret, uv_stream_t *listener, struct mt5_tls *tls,
    const struct mt5_stream_hooks *hooks, char address[static MT5_ADDRESS_SIZE])
{
	struct mt5_stream *stream = create(listener->loop, tls, hooks);
	int error;

	if (stream == NULL)
		return -ENOMEM;
	error = take(stream, listener, address);
	if (error < 0) {
		stream->closing = true;
		finish(stream);
		return error;
	}
	*ret = stream;
	return 0;
}
