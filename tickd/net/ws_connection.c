#define _GNU_SOURCE
#include "tickd/net/ws_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tickd/net/link.h"

struct message {
	struct message *next;
	size_t length;
	unsigned char room[]; /* LWS_PRE bytes of libwebsockets' own, then the text */
};

struct ws_connection {
	struct link_attempt attempt; /* first: it is the user data */
	struct lws *wsi;
	struct ws_handler handler;
	char *path;
	const char *closing; /* why we end it, NULL while we do not */
	bool open;
	struct message *first, **last; /* to be sent */
	int waiting;
	size_t assembled;    /* bytes of a message that comes in parts */
	bool oversize;
	char frame[WS_FRAME_MAX];
};

static void
drop_first(struct ws_connection *connection)
{
	struct message *message = connection->first;

	connection->first = message->next;
	if (connection->first == NULL)
		connection->last = &connection->first;
	connection->waiting--;
	free(message);
}

static void
finish(struct ws_connection *connection, const char *reason)
{
	struct ws_handler handler = connection->handler;

	if (connection->closing != NULL)
		reason = connection->closing;
	link_attempt_finish(&connection->attempt);
	handler.closed(handler.context, reason);
	while (connection->first != NULL)
		drop_first(connection);
	free(connection->path);
	free(connection);
}

static void
on_failed(void *user, const char *reason)
{
	finish(user, reason);
}

static void
on_gone(void *user)
{
	struct ws_connection *connection = user;

	connection->wsi = NULL;
	finish(connection,
	    connection->open ? "closed by the other side" : "it ended before it was up");
}

struct ws_connection *
ws_connect(struct link_host *host, const char *path, const struct ws_handler *handler)
{
	struct ws_connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	connection->handler = *handler;
	connection->last = &connection->first;
	connection->path = strdup(path);
	connection->attempt = (struct link_attempt){
		.host = host,
		.path = connection->path,
		.protocol = LINK_WEBSOCKET,
		.user = connection,
		.wsi = &connection->wsi,
		.failed = on_failed,
		.gone = on_gone,
	};
	if (connection->path == NULL || link_attempt_start(&connection->attempt) < 0) {
		free(connection->path);
		free(connection);
		return NULL;
	}
	return connection;
}

void
ws_pause(struct ws_connection *connection)
{
	if (connection->open)
		lws_rx_flow_control(connection->wsi, 0);
}

void
ws_resume(struct ws_connection *connection)
{
	if (connection->open)
		lws_rx_flow_control(connection->wsi, 1);
}

int
ws_send(struct ws_connection *connection, const char *text, size_t length)
{
	struct message *message;

	if (!connection->open || connection->closing != NULL)
		return -ENOTCONN;
	if (length > WS_SEND_MAX)
		return -EMSGSIZE;
	if (connection->waiting == WS_QUEUE_MAX)
		return -ENOBUFS;
	message = malloc(sizeof(*message) + LWS_PRE + length);
	if (message == NULL)
		return -ENOMEM;
	message->next = NULL;
	message->length = length;
	memcpy(message->room + LWS_PRE, text, length);
	*connection->last = message;
	connection->last = &message->next;
	connection->waiting++;
	lws_callback_on_writable(connection->wsi);
	return 0;
}

/* The socket takes a message; libwebsockets keeps what it takes only in part. */
static int
write_first(struct ws_connection *connection)
{
	struct message *message = connection->first;

	if (message == NULL || connection->closing != NULL)
		return 0;
	if (lws_write(connection->wsi, message->room + LWS_PRE, message->length, LWS_WRITE_TEXT) < 0)
		return -1; /* it closes */
	drop_first(connection);
	if (connection->first != NULL)
		lws_callback_on_writable(connection->wsi);
	return 0;
}

void
ws_close(struct ws_connection *connection, const char *reason)
{
	if (connection->closing != NULL)
		return;
	connection->closing = reason;
	link_attempt_cancel(&connection->attempt);
	if (connection->wsi == NULL)
		return;
	lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	/* Outside of its own callbacks libwebsockets looks at its timers only when woken. */
	lws_cancel_service(lws_get_context(connection->wsi));
}

/* A message in parts: put together until it is whole, or given up as too long. */
static void
assemble(struct ws_connection *connection, const char *part, size_t length, bool last)
{
	if (length > WS_FRAME_MAX - connection->assembled) {
		connection->oversize = true;
	} else {
		memcpy(connection->frame + connection->assembled, part, length);
		connection->assembled += length;
	}
	if (!last)
		return;
	connection->handler.frame(connection->handler.context,
	    connection->oversize ? NULL : connection->frame, connection->assembled);
	connection->assembled = 0;
	connection->oversize = false;
}

static void
receive(struct ws_connection *connection, const char *part, size_t length)
{
	bool first = lws_is_first_fragment(connection->wsi) && connection->assembled == 0 &&
	    !connection->oversize;
	bool last = lws_is_final_fragment(connection->wsi) &&
	    lws_remaining_packet_payload(connection->wsi) == 0;

	if (first && last && length <= WS_FRAME_MAX)
		connection->handler.frame(connection->handler.context, part, length);
	else
		assemble(connection, part, length, last);
}

int
ws_connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t length)
{
	struct ws_connection *connection = user;

	if (connection == NULL) /* it is over for us */
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		connection->open = true;
		connection->wsi = wsi;
		connection->handler.opened(connection->handler.context);
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		if (connection->closing == NULL)
			receive(connection, in, length);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return write_first(connection);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lws_set_wsi_user(wsi, NULL);
		connection->wsi = NULL;
		link_attempt_next(&connection->attempt, link_reason(in));
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		lws_set_wsi_user(wsi, NULL);
		on_gone(connection);
		break;
	default:
		break;
	}
	return 0;
}
