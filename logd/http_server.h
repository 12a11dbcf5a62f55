/*
 * HTTP/1.1 over libwebsockets, which ends here: inside, there are requests and answers.
 *
 * Connections come from one listening socket that is given to it (our own or the supervisor's),
 * so there is one way in.  Each has deadlines (for its first request to arrive whole: arrivals.h;
 * for an answer to be taken, for idling) and there are at most so many: one more is told 503.
 */
#ifndef LOGD_HTTP_SERVER_H
#define LOGD_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/problem.h"
#include "logd/answer.h"
#include "logd/http_exchange.h"
#include "logd/request.h"

#define HTTP_SERVER_HEADER_BYTES 8192	       /* of a later request; a longer one is cut off */
#define HTTP_SERVER_ANSWER_US 30000000	       /* for an answer to be taken */
#define HTTP_SERVER_IDLE_US 60000000	       /* between two requests of a connection */
#define HTTP_SERVER_PENDING_BYTES (256 << 20)  /* of answers not yet taken, all together */

struct http_server;

struct http_server_hooks {
	void (*respond)(void *context, struct request *request, struct answer *answer);
	void (*done)(void *context, const struct http_exchange *exchange);
	void *context;
};

struct http_server_limits {
	int64_t connections; /* open at the same time */
	int64_t body_bytes;  /* of a request */
};

struct http_server_figures {
	int64_t requests, errors; /* errors: answers of 400 and above */
	int64_t open_connections;
	int64_t refused;	  /* connections above the limit */
};

/*
 * Serves on `listen_fd`, which stays the caller's and must be non-blocking and outlive the
 * server.  Returns 0, or -errno with the sentence.
 */
__attribute__((warn_unused_result)) int
http_server_create(struct http_server **ret, uv_loop_t *loop, int listen_fd,
    const struct http_server_limits *limits, const struct http_server_hooks *hooks,
    struct problem *problem);

/* Closes every connection; the loop ends what is left.  Free it after the loop has run out. */
void
http_server_close(struct http_server *server);

void
http_server_free(struct http_server *server);

void
http_server_figures(const struct http_server *server, struct http_server_figures *ret_figures);

#endif
