#include "marketsim/connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "marketsim/control.h"
#include "marketsim/outgoing.h"
#include "marketsim/pace.h"

#define REPLIES_MAX (1 << 20) /* bytes of answers that a client has not read */
#define WRITES_MAX 8 /* a callback; then the other connections have their turn */

static void
note_streams(struct connection *connection)
{
	int count = (int)connection->subscriptions.count;

	if (count > connection->record->streams_most)
		connection->record->streams_most = count;
	if (connection->subscriptions.wanted_count > 0)
		pace_listened(connection->exchange);
}

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
	note_streams(connection);
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
	    (uint64_t)exchange->log.made);
	slow_line_init(&connection->line, exchange->options->faults.bytes_per_second,
	    connection->opened_us);
	connection->record = connection_log_open(&exchange->log, clock_wall_us());
	connection->link = &exchange->connections;
	connection->next = exchange->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	exchange->connections = connection;
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
	connection_log_close(&connection->exchange->log, connection->record, "client",
	    clock_wall_us());
	subscriptions_finish(&connection->subscriptions);
	body_free(&connection->incoming);
	body_free(&connection->replies);
}

/* The shutdown that is to come, in the form of the connection's other frames. */
static size_t
stage_shutdown(struct connection *connection, size_t staged)
{
	const struct trade_source *source = &connection->exchange->source;
	char text[128];
	int length = snprintf(text, sizeof(text), "%s{\"e\":\"serverShutdown\",\"E\":%lld}%s",
	    connection->raw ? "" : "{\"stream\":\"!serverShutdown\",\"data\":",
	    (long long)(source->now(source->object) / CLOCK_MS_US),
	    connection->raw ? "" : "}");

	return outgoing_stage(connection, staged, OPCODE_TEXT, text, (size_t)length);
}

static size_t
stage_control(struct connection *connection)
{
	size_t staged = 0;

	if (connection->ping_due) {
		staged = outgoing_stage(connection, staged, OPCODE_PING, connection->ping,
		    strlen(connection->ping));
		connection->ping_due = false;
		connection->ping_sent_us = clock_monotonic_us();
		connection->record->pings++;
	}
	if (connection->shutdown_due) {
		staged = stage_shutdown(connection, staged);
		connection->shutdown_due = false;
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

static int
end_now(struct connection *connection)
{
	if (connection->ending == ENDING_GOODBYE)
		lws_close_reason(connection->wsi, LWS_CLOSE_STATUS_GOINGAWAY, NULL, 0);
	return -1;
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
		if (connection->ending != ENDING_NOT && !connection->shutdown_due)
			return end_now(connection);
		staged = stage_control(connection);
		if (outgoing_fill(connection, &staged) < 0) {
			connection->record->end = "backlog";
			return -1;
		}
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
	int most = message_rate_add(&connection->rate, now_us);

	connection->record->messages++;
	if (most > connection->record->messages_most)
		connection->record->messages_most = most;
	if (now_us - connection->second_us >= CLOCK_SECOND_US) {
		connection->second_us = now_us;
		connection->messages = 0;
	}
	if (++connection->messages <= MESSAGES_PER_SECOND)
		return false;
	connection->record->end = "too many messages";
	return true;
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
	length = outgoing_header(header + LWS_PRE, OPCODE_TEXT, reply.length);
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
	note_streams(connection);
	lws_callback_on_writable(connection->wsi);
	return 0;
}

int
connection_pong(struct connection *connection, const void *payload, size_t length)
{
	int64_t passed_us = clock_monotonic_us() - connection->ping_sent_us;

	/* Unsolicited pongs do not count as an answer, but as messages they do. */
	if (connection->pong_missing && length == strlen(connection->ping) &&
	    memcmp(payload, connection->ping, length) == 0) {
		connection->pong_missing = false;
		connection->record->pongs++;
		if (passed_us > connection->record->pong_most_us)
			connection->record->pong_most_us = passed_us;
	}
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

static void
kill_connection(struct connection *connection, const char *why)
{
	if (connection->record->end == NULL)
		connection->record->end = why;
	lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

static void
say_goodbye(struct connection *connection, const char *why, int64_t now_us)
{
	if (connection->ending == ENDING_NOT) {
		connection->ending = ENDING_GOODBYE;
		connection->ending_us = now_us;
		connection->record->end = why;
	}
	lws_callback_on_writable(connection->wsi);
}

/* What comes of a connection's age alone. */
static void
grow_old(struct connection *connection, int64_t now_us)
{
	const struct faults_options *faults = &connection->exchange->options->faults;
	int64_t age_us = now_us - connection->opened_us;

	if (faults->max_age_us > 0 && age_us >= faults->max_age_us)
		say_goodbye(connection, "max-age", now_us);
	if (faults->shutdown_every_us == 0 || age_us < faults->shutdown_every_us)
		return;
	if (!connection->shutdown_told && connection->ending == ENDING_NOT) {
		connection->shutdown_told = connection->shutdown_due = true;
		lws_callback_on_writable(connection->wsi);
	}
	if (age_us >= faults->shutdown_every_us + faults->shutdown_lead_us)
		say_goodbye(connection, "shutdown", now_us);
}

static void
ping(struct connection *connection, int64_t now_us)
{
	connection->pinged_us = now_us;
	connection->ping_due = connection->pong_missing = true;
	snprintf(connection->ping, sizeof(connection->ping), "%lld",
	    (long long)(clock_wall_us() / CLOCK_MS_US));
	lws_callback_on_writable(connection->wsi);
}

void
connection_tick(struct connection *connection, int64_t now_us)
{
	const struct exchange_options *options = connection->exchange->options;
	const struct faults_options *faults = &options->faults;

	if (faults->cut_every_us > 0 && now_us - connection->opened_us >= faults->cut_every_us) {
		connection->record->end = "cut-every";
		reset(connection);
		return;
	}
	grow_old(connection, now_us);
	if (connection->ending != ENDING_NOT && now_us - connection->ending_us >= GOODBYE_US) {
		kill_connection(connection, "goodbye not read");
		return;
	}
	if (connection->pong_missing && now_us - connection->pinged_us >= PONG_TIMEOUT_US) {
		kill_connection(connection, "no pong");
		return;
	}
	if (faults->bytes_per_second > 0 || connection->held.length > 0)
		lws_callback_on_writable(connection->wsi);
	if (!connection->pong_missing &&
	    now_us - connection->pinged_us >= options->ping_interval_us)
		ping(connection, now_us);
}
