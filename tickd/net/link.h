/*
 * The way out: libwebsockets on the loop, one host per base URL.  Names are looked up without
 * blocking the loop, then each address is tried in turn.
 *
 * What is made here serves ws_connection and http_call; nothing else sees libwebsockets.
 */
#ifndef TICKD_LINK_H
#define TICKD_LINK_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <uv.h>

#include "common/problem.h"

struct link;
struct link_host;

/* The protocols that the callbacks of ws_connection and http_call answer to. */
#define LINK_WEBSOCKET "exchange-stream"
#define LINK_HTTP "exchange-rest"

__attribute__((warn_unused_result)) int
link_create(struct link **ret, uv_loop_t *loop, struct problem *problem);

/* Ends it; every connection must be closed before.  The loop closes what is left. */
void
link_close(struct link *link);

/* After the loop has run to its end. */
void
link_free(struct link *link);

/*
 * A host of the settings: URL (ws, wss, http, https) without a path.  ca_file "" trusts what the
 * system trusts, else only that file, which must be readable.  Freed with the link.
 */
__attribute__((warn_unused_result)) int
link_host_create(struct link *link, const char *url, const char *ca_file, struct link_host **ret,
    struct problem *problem);

/* "stream.binance.com:9443", for messages. */
const char *
link_host_name(const struct link_host *host);

/* One attempt to connect, for the two kinds of connection. */
struct link_attempt {
	struct link_host *host;
	const char *path;	/* borrowed until the attempt is over */
	const char *protocol;	/* LINK_WEBSOCKET or LINK_HTTP */
	void *user;		/* what the callbacks get: the attempt is its first member */
	struct lws **wsi;	/* set while a connection is under way */
	void (*failed)(void *user, const char *reason); /* no address is left */
	void (*gone)(void *user); /* the connection ended and no other callback said so */

	/* its own */
	uv_getaddrinfo_t lookup;
	struct addrinfo *addresses, *next;
	bool looking_up, cancelled;
	bool *told; /* not NULL while libwebsockets begins to connect: was its failure told? */
	char reason[160];
};

/* Begins; `failed` is never called from inside.  The attempt is the caller's until it is over. */
__attribute__((warn_unused_result)) int
link_attempt_start(struct link_attempt *attempt);

/* Tries the next address after a failure; calls `failed` when there is none. */
void
link_attempt_next(struct link_attempt *attempt, const char *reason);

/* Frees the addresses once connected or failed.  Not while link_attempt_busy(). */
void
link_attempt_finish(struct link_attempt *attempt);

/* The lookup is under way: after link_attempt_cancel() `failed` still comes, then it is over. */
bool
link_attempt_busy(const struct link_attempt *attempt);

void
link_attempt_cancel(struct link_attempt *attempt);

/* What a CLIENT_CONNECTION_ERROR callback says, in words that a person can use. */
const char *
link_reason(const char *in);

int
ws_connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t length);

int
http_call_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t length);

#endif
