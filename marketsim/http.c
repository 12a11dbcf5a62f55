#include "marketsim/http.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

#define HEADERS_SIZE 1024

/* libwebsockets keeps the parameters apart. */
void
http_query(struct lws *wsi, char query[static HTTP_QUERY_SIZE])
{
	size_t length = 0;
	int fragment = 0, got;

	query[0] = '\0';
	while (length + 2 < HTTP_QUERY_SIZE &&
	    (got = lws_hdr_copy_fragment(wsi, query + length, (int)(HTTP_QUERY_SIZE - length - 1),
		 WSI_TOKEN_HTTP_URI_ARGS, fragment++)) > 0) {
		length += (size_t)got;
		query[length++] = '&';
		query[length] = '\0';
	}
}

static int
add_number(struct lws *wsi, const char *name, int value, unsigned char **at, unsigned char *end)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", value);

	return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
	    (const unsigned char *)text, length, at, end);
}

static int
write_headers(struct lws *wsi, const struct rest_answer *answer)
{
	unsigned char headers[LWS_PRE + HEADERS_SIZE], *begin = headers + LWS_PRE, *at = begin;
	unsigned char *end = headers + sizeof(headers) - 1;
	const char *type = answer->is_html ? "text/html" : "application/json;charset=UTF-8";

	if (lws_add_http_common_headers(wsi, (unsigned int)answer->status, type,
		answer->body.length, &at, end) != 0 ||
	    add_number(wsi, "x-mbx-used-weight:", answer->used_weight, &at, end) != 0 ||
	    add_number(wsi, "x-mbx-used-weight-1m:", answer->used_weight, &at, end) != 0)
		return -1;
	if (answer->retry_after_s > 0 &&
	    add_number(wsi, "retry-after:", answer->retry_after_s, &at, end) != 0)
		return -1;
	return lws_finalize_write_http_header(wsi, begin, &at, end);
}

int
http_begin(struct http_reply *reply, struct rest *rest, struct lws *wsi, const char *path)
{
	char query[HTTP_QUERY_SIZE], address[WEIGHT_ADDRESS_SIZE];

	http_query(wsi, query);
	if (lws_get_peer_simple(wsi, address, sizeof(address)) == NULL)
		snprintf(address, sizeof(address), "unknown");
	http_end(reply); /* an answer before on the same connection */
	rest_answer(rest, path, query, address, clock_wall_us(), &reply->answer);
	if (rest->faults.delay_us == 0)
		return http_due(reply, wsi);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* libwebsockets' own is 20 s */
	lws_set_timer_usecs(wsi, rest->faults.delay_us);
	return 0;
}

int
http_begin_plain(struct http_reply *reply, struct lws *wsi, const struct body *body)
{
	http_end(reply);
	reply->answer = (struct rest_answer){ .status = 200, .body = *body };
	return http_due(reply, wsi);
}

int
http_due(struct http_reply *reply, struct lws *wsi)
{
	const struct rest_answer *answer = &reply->answer;

	if (answer->body.failed || answer->fate == FATE_CUT || write_headers(wsi, answer) != 0)
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

int
http_writable(struct http_reply *reply, struct lws *wsi)
{
	struct body *body = &reply->answer.body;
	bool cut_short = reply->answer.fate == FATE_CUT_SHORT;
	size_t length = cut_short ? body->length / 2 : body->length;
	int written = lws_write(wsi, (unsigned char *)body->text, length,
	    cut_short ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_FINAL);

	http_end(reply);
	return written < 0 || cut_short || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

void
http_end(struct http_reply *reply)
{
	body_free(&reply->answer.body);
}
