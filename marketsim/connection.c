#include "marketsim/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "marketsim/control.h"
#include "marketsim/pace.h"

#define OPCODE_TEXT 1
#define OPCODE_PING 9
#define FRAME_HEADER_MAX 10
#define REPLIES_MAX (1 << 20) /* bytes of answers that a client has not read */
#define WRITES_MAX 8 /* a callback; then the other connections have their turn */

static int
subscribe_list(struct connection *connection, const char *streams)
{
	const struct trade_source *source = &connection->exchange->source;

	for (const char *at = streams; *at != '\0'; at += *at == '/') {
		size_t length = strcspn(at, "/");
		int added;

		added = length == 0 ? 0
				    : subscriptions_add(&connection->subscriptions, at, length,
					  stream_of_name(source->instruments, source->count, at,
					      length));
		if (added < 0 && added != -EINVAL) /* a name that nobody knows is only silent */
			return added;
		at += length;
	}
	if (connection->subscriptions.wanted_count > 0)
		pace_listened(connection->exchange);
	return 0;
}

int
connection_open(struct connection *connection, struct exchange *exchange, struct lws *wsi,
    const char *path, const char *streams)
{
	memset(connection, 0, sizeof(*connection));
	connection->exchange = exchange;
	connection->wsi = wsi;
	connection->raw = strncmp(path, "/ws", 3) == 0;
	connection->opened_us = connection->pinged_us = clock_monotonic_us();
	connection->cursor = exchange->ring.head;
	subscriptions_init(&connection->subscriptions,
	    exchange->feed != NULL ? exchange->feed->listeners : exchange->listeners);
	faults_init(&connection->faults, &exchange->options->faults, exchange->options->seed,
	    exchange->connections_ever++);
	connection->link = &exchange->connections;
	connection->next = exchange->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	exchange->connections = connection;
	exchange->connection_count++;
	if (connection->raw)
		streams = path + (path[3] == '/' ? 4 : 3);
	return subscribe_list(connection, streams);
}

void
connection_close(struct connection *connection)
{
	if (connection->link == NULL)
		return;
	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	connection->link = NULL;
	connection->exchange->connection_count--;
	subscriptions_finish(&connection->subscriptions);
	body_free(&connection->incoming);
	body_free(&connection->replies);
}

/* Writes the header of an unmasked, whole frame; returns its length. */
static size_t
frame_header(unsigned char *to, int opcode, size_t length)
{
	to[0] = (unsigned char)(0x80 | opcode);
	if (length < 126) {
		to[1] = (unsigned char)length;
		return 2;
	}
	if (length < 65536) {
		to[1] = 126;
		to[2] = (unsigned char)(length >> 8);
		to[3] = (unsigned char)length;
		return 4;
	}
	to[1] = 127;
	for (int i = 0; i < 8; i++)
		to[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
	return FRAME_HEADER_MAX;
}

/* Appends a WebSocket frame to what is staged; returns the new length. */
static size_t
stage(struct connection *connection, size_t staged, int opcode, const char *text, size_t length)
{
	unsigned char *to = connection->exchange->staging + LWS_PRE + staged;
	size_t header = frame_header(to, opcode, length);

	memcpy(to + header, text, length);
	return staged + header + length;
}

/* The captured frames: all of them in the combined form, what is subscribed in the raw one. */
static int
next_captured(struct connection *connection, struct ring_frame *ret)
{
	const struct capture *capture = connection->exchange->capture;
	double speed = connection->exchange->options->speed;
	const struct capture_frame *frame;

	if (connection->subscriptions.wanted_count == 0)
		return 0;
	if (connection->capture_begun_us == 0)
		connection->capture_begun_us = clock_monotonic_us();
	for (; connection->capture_at < capture->frame_count; connection->capture_at++) {
		frame = &capture->frames[connection->capture_at];
		if (speed > 0 &&
		    (double)(frame->time_ns - capture->frames[0].time_ns) / 1000 >
			(double)(clock_monotonic_us() - connection->capture_begun_us) * speed)
			return 0;
		if (connection->raw &&
		    (frame->stream < 0 || !connection->subscriptions.wanted[frame->stream]))
			continue;
		connection->capture_at++;
		*ret = (struct ring_frame){ frame->text, frame->length, 0,
			(uint16_t)frame->data };
		return 1;
	}
	return 0;
}

/* The next frame that this client is to see.  1, 0 for none now, or a negative errno. */
static int
next_frame(struct connection *connection, struct ring_frame *ret)
{
	struct exchange *exchange = connection->exchange;

	if (exchange->capture != NULL)
		return next_captured(connection, ret);
	for (;;) {
		int found = ring_read(&exchange->ring, &connection->cursor, ret);

		if (found < 0)
			return found;
		if (found == 0 && (connection->subscriptions.wanted_count == 0 ||
				      !pace_advance(exchange)))
			return 0;
		if (found == 1 && connection->subscriptions.wanted[ret->stream])
			return 1;
	}
}

/* Additional frames, made beside the one that is sent or dropped. */
static size_t
stage_extras(struct connection *connection, const struct fault_draw *draw, const char *text,
    size_t length, size_t data, size_t staged)
{
	static char extra[FAULT_FRAME_MAX];
	struct faults *faults = &connection->faults;
	size_t made;

	if (draw->malformed && length < FAULT_FRAME_MAX) {
		made = fault_malformed(faults, text, length, data, extra);
		staged = stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	if (draw->unknown && length < FAULT_FRAME_MAX) {
		made = fault_unknown(faults, text, length, data, extra);
		staged = stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	if (draw->huge) {
		made = fault_huge(text, data, extra);
		staged = stage(connection, staged, OPCODE_TEXT, extra, made);
	}
	faults->sent += draw->malformed + draw->unknown + draw->huge;
	return staged;
}

static size_t
stage_frame(struct connection *connection, const struct ring_frame *frame, size_t staged)
{
	struct fault_draw draw = faults_draw(&connection->faults);
	const char *text = frame->text;
	size_t length = frame->length, data = frame->data;

	if (connection->raw && data > 0) {
		text += data;
		length -= data + 1;
		data = 0;
	}
	staged = stage_extras(connection, &draw, text, length, data, staged);
	if (draw.drop)
		return staged;
	connection->faults.sent++;
	return stage(connection, staged, OPCODE_TEXT, text, length);
}

/* Fills the staging area.  0 or a negative errno. */
static int
stage_all(struct connection *connection, size_t *staged)
{
	struct ring_frame frame;
	int found = 1;

	while (*staged < STAGING_BYTES && !connection->cut) {
		found = next_frame(connection, &frame);
		if (found <= 0)
			break;
		if (frame.length > FAULT_FRAME_MAX || faults_silent(&connection->faults))
			continue;
		*staged = stage_frame(connection, &frame, *staged);
		connection->cut = faults_cut_now(&connection->faults);
	}
	return found < 0 ? found : 0;
}

static size_t
stage_control(struct connection *connection)
{
	size_t staged = 0;

	if (connection->ping_due) {
		staged = stage(connection, staged, OPCODE_PING, connection->ping,
		    strlen(connection->ping));
		connection->ping_due = false;
	}
	return staged;
}

/* Replies are not bounded by the staging area: they go out on their own. */
static int
write_replies(struct connection *connection)
{
	struct body *replies = &connection->replies;
	int written;

	if (replies->length == 0)
		return 0;
	written = lws_write(connection->wsi, (unsigned char *)replies->text + LWS_PRE,
	    replies->length - LWS_PRE, LWS_WRITE_RAW);
	replies->length = 0;
	return written < 0 ? -1 : 0;
}

int
connection_writable(struct connection *connection)
{
	unsigned char *staging = connection->exchange->staging + LWS_PRE;
	size_t staged;

	if (write_replies(connection) < 0)
		return -1;
	for (int i = 0; i < WRITES_MAX; i++) {
		if (lws_partial_buffered(connection->wsi))
			break;
		if (connection->cut)
			return -1;
		staged = stage_control(connection);
		if (stage_all(connection, &staged) < 0)
			return -1;
		if (staged == 0)
			return 0;
		/* Whole WebSocket frames, made by stage(): they go out as they are. */
		if (lws_write(connection->wsi, staging, staged, LWS_WRITE_RAW) < 0)
			return -1;
	}
	lws_callback_on_writable(connection->wsi);
	return 0;
}

static bool
too_many_messages(struct connection *connection)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - connection->second_us >= CLOCK_SECOND_US) {
		connection->second_us = now_us;
		connection->messages = 0;
	}
	return ++connection->messages > MESSAGES_PER_SECOND;
}

/* Answers the whole message in `incoming`. */
static int
answer_message(struct connection *connection)
{
	unsigned char header[LWS_PRE + FRAME_HEADER_MAX] = { 0 };
	struct body *incoming = &connection->incoming, *replies = &connection->replies;
	struct body reply = { 0 };
	size_t length;

	control_handle(&connection->subscriptions, &connection->exchange->source,
	    incoming->text != NULL ? incoming->text : "", incoming->length, &reply);
	incoming->length = 0;
	length = frame_header(header + LWS_PRE, OPCODE_TEXT, reply.length);
	if (replies->length == 0) /* lws_write() wants room before the first */
		body_add_bytes(replies, header, LWS_PRE);
	body_add_bytes(replies, header + LWS_PRE, length);
	body_add_bytes(replies, reply.text, reply.length);
	replies->failed |= reply.failed;
	body_free(&reply);
	return replies->failed || replies->length > REPLIES_MAX ? -1 : 0;
}

int
connection_receive(struct connection *connection, const void *bytes, size_t length, bool last)
{
	if (connection->incoming.length + length > MESSAGE_MAX)
		return -1;
	body_add_bytes(&connection->incoming, bytes, length);
	if (!last)
		return connection->incoming.failed ? -1 : 0;
	if (too_many_messages(connection) || answer_message(connection) < 0)
		return -1;
	if (connection->subscriptions.wanted_count > 0)
		pace_listened(connection->exchange);
	lws_callback_on_writable(connection->wsi);
	return 0;
}

int
connection_pong(struct connection *connection, const void *payload, size_t length)
{
	/* Unsolicited pongs do not count as an answer, but as messages they do. */
	if (length == strlen(connection->ping) && memcmp(payload, connection->ping, length) == 0)
		connection->pong_missing = false;
	return too_many_messages(connection) ? -1 : 0;
}

/* A reset instead of a goodbye: what was not yet sent is lost, as when a cable is cut. */
static void
reset(struct connection *connection)
{
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };

	if (connect(lws_get_socket_fd(connection->wsi), &unspecified, sizeof(unspecified)) < 0)
		lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

void
connection_tick(struct connection *connection, int64_t now_us)
{
	const struct exchange_options *options = connection->exchange->options;

	if (options->faults.cut_every_us > 0 &&
	    now_us - connection->opened_us >= options->faults.cut_every_us) {
		reset(connection);
		return;
	}
	if (connection->pong_missing && now_us - connection->pinged_us >= PONG_TIMEOUT_US) {
		lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
		return;
	}
	if (connection->pong_missing || now_us - connection->pinged_us < options->ping_interval_us)
		return;
	connection->pinged_us = now_us;
	connection->ping_due = connection->pong_missing = true;
	snprintf(connection->ping, sizeof(connection->ping), "%lld",
	    (long long)(clock_wall_us() / CLOCK_MS_US));
	lws_callback_on_writable(connection->wsi);
}
