/*
 * One WebSocket connection to a host: whole frames come out, nothing else is known of them.
 */
#ifndef TICKD_WS_CONNECTION_H
#define TICKD_WS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#define WS_SEND_MAX 8192 /* bytes of a message that is sent */
#define WS_QUEUE_MAX 8	 /* messages that wait until the socket takes them */
#define WS_FRAME_MAX (64 << 10) /* bytes of a frame that is handed on; longer ones are counted */

struct link_host;
struct ws_connection;

struct ws_handler {
	void (*opened)(void *context);
	/* A whole message; `frame` is NULL for one longer than WS_FRAME_MAX. */
	void (*frame)(void *context, const char *frame, size_t length);
	/* Comes once for every connection, never from inside ws_connect(); then it is gone. */
	void (*closed)(void *context, const char *reason);
	void *context;
};

/* Begins to connect.  Returns NULL when out of memory or resources.  `path` is copied. */
struct ws_connection *
ws_connect(struct link_host *host, const char *path, const struct ws_handler *handler);

/* Stops reading, so that the sender must wait; frames that are read already still come. */
void
ws_pause(struct ws_connection *connection);

void
ws_resume(struct ws_connection *connection);

/*
 * Sends a text message (copied) as soon as the socket takes it.  -ENOTCONN before `opened` and
 * after ws_close(), -ENOBUFS while WS_QUEUE_MAX wait, -EMSGSIZE over WS_SEND_MAX, -ENOMEM.
 */
__attribute__((warn_unused_result)) int
ws_send(struct ws_connection *connection, const char *text, size_t length);

/* Asks for the end; `closed` comes later, with `reason` (a string that lives on). */
void
ws_close(struct ws_connection *connection, const char *reason);

#endif
