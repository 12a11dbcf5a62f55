#define _GNU_SOURCE
#include "tickd/net/http_call.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tickd/net/link.h"

struct http_call {
	struct link_attempt attempt; /* first: it is the user data */
	struct lws *wsi;
	http_callback *callback;
	void *context;
	char *path, *body;
	size_t room;
	struct http_answer answer;
	const char *fault; /* why a running answer is given up */
	bool complete;
};

static void
finish(struct http_call *call, const char *reason)
{
	/* What an error says is in its head: a 418 is to be obeyed though its body was cut off. */
	if (!call->complete && call->answer.status < 400) {
		call->answer.status = 0;
		call->answer.reason = call->fault != NULL ? call->fault : reason;
	}
	call->answer.body = call->body;
	link_attempt_finish(&call->attempt);
	call->callback(call->context, &call->answer);
	free(call->body);
	free(call->path);
	free(call);
}

static void
on_failed(void *user, const char *reason)
{
	finish(user, reason);
}

static void
on_gone(void *user)
{
	struct http_call *call = user;

	call->wsi = NULL;
	finish(call, "closed by the other side");
}

struct http_call *
http_get(struct link_host *host, const char *path, http_callback *callback, void *context)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->callback = callback;
	call->context = context;
	call->path = strdup(path);
	call->answer.retry_after_s = call->answer.used_weight = -1;
	call->attempt = (struct link_attempt){
		.host = host,
		.path = call->path,
		.protocol = LINK_HTTP,
		.user = call,
		.wsi = &call->wsi,
		.failed = on_failed,
		.gone = on_gone,
	};
	if (call->path == NULL || link_attempt_start(&call->attempt) < 0) {
		free(call->path);
		free(call);
		return NULL;
	}
	return call;
}

void
http_cancel(struct http_call *call)
{
	call->fault = "given up";
	link_attempt_cancel(&call->attempt);
	if (call->wsi == NULL)
		return;
	lws_set_timeout(call->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	lws_cancel_service(lws_get_context(call->wsi));
}

static int64_t
number_header(struct lws *wsi, const char *name)
{
	char value[24];
	int length = lws_hdr_custom_copy(wsi, value, sizeof(value), name, (int)strlen(name));

	return length <= 0 ? -1 : strtoll(value, NULL, 10);
}

static void
read_head(struct http_call *call, struct lws *wsi)
{
	char value[24];

	call->answer.received_us = clock_monotonic_us();
	call->answer.status = (int)lws_http_client_http_response(wsi);
	call->answer.used_weight = number_header(wsi, "x-mbx-used-weight-1m:");
	if (lws_hdr_copy(wsi, value, sizeof(value), WSI_TOKEN_HTTP_RETRY_AFTER) > 0)
		call->answer.retry_after_s = strtoll(value, NULL, 10);
}

static int
append(struct http_call *call, const char *part, size_t length)
{
	size_t wanted = call->answer.length + length;

	if (wanted > HTTP_BODY_MAX) {
		call->fault = "the answer is too long";
		return -1;
	}
	if (wanted > call->room) {
		size_t room = wanted < (64 << 10) ? 64 << 10 : 2 * wanted;
		char *body = realloc(call->body, room);

		if (body == NULL) {
			call->fault = "out of memory";
			return -1;
		}
		call->body = body;
		call->room = room;
	}
	memcpy(call->body + call->answer.length, part, length);
	call->answer.length = wanted;
	return 0;
}

/* libwebsockets hands out the body only when asked to, through the READ callback. */
static int
pull(struct lws *wsi)
{
	char buffer[LWS_PRE + (16 << 10)], *at = buffer + LWS_PRE;
	int length = sizeof(buffer) - LWS_PRE;

	return lws_http_client_read(wsi, &at, &length) < 0 ? -1 : 0;
}

int
http_call_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t length)
{
	struct http_call *call = user;

	if (call == NULL) /* it is over for us */
		return 0;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		call->answer.sent_us = clock_monotonic_us(); /* connected by now */
		break;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		call->wsi = wsi;
		read_head(call, wsi);
		break;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return pull(wsi);
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		return append(call, in, length);
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		call->complete = true;
		return -1; /* one call a connection */
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		lws_set_wsi_user(wsi, NULL);
		call->wsi = NULL;
		link_attempt_next(&call->attempt, link_reason(in));
		break;
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
		lws_set_wsi_user(wsi, NULL);
		on_gone(call);
		break;
	default:
		break;
	}
	return 0;
}
