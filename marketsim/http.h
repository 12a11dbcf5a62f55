/*
 * REST over libwebsockets' HTTP: headers and bodies; the answers are rest.c's.
 */
#ifndef MARKETSIM_HTTP_H
#define MARKETSIM_HTTP_H

#include <libwebsockets.h>

#include "marketsim/rest.h"

#define HTTP_QUERY_SIZE 2048 /* bytes of a query; what is longer is cut */

struct http_reply {
	struct rest_answer answer;
};

/* The parameters of a request, with & between them. */
void
http_query(struct lws *wsi, char query[static HTTP_QUERY_SIZE]);

/* Each returns 0, or non-zero when libwebsockets is to close the connection. */

int
http_begin(struct http_reply *reply, struct rest *rest, struct lws *wsi, const char *path);

/* A body that is nobody's call; it becomes the reply's. */
int
http_begin_plain(struct http_reply *reply, struct lws *wsi, const struct body *body);

/* The delay of an answer is over. */
int
http_due(struct http_reply *reply, struct lws *wsi);

int
http_writable(struct http_reply *reply, struct lws *wsi);

void
http_end(struct http_reply *reply);

#endif
