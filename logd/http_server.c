#define _GNU_SOURCE
#include "logd/http_server.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "logd/entrance.h"
#include "logd/http_head.h"

#define CHUNK_BYTES 65536    /* of an answer written at once */

struct http_server {
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct entrance *entrance; /* NULL once closing */
	int64_t connections_max, pending_bytes;
	bool closing;
	struct http_server_hooks hooks;
	struct http_server_figures figures;
	unsigned char chunk[LWS_PRE + HTTP_HEAD_SIZE + CHUNK_BYTES];
};

/* What a connection is at: libwebsockets gives each its own, zeroed. */
struct session {
	struct answer answer;
	bool answering, head_sent, without_body, last;
	size_t sent;
	int64_t started_us, started_monotonic_us;
	const char *method;
	char path[REQUEST_PATH_SIZE];
	char client[64];
};

static struct http_server *
server_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* ---- reading a request ---- */

static const struct {
	enum lws_token_indexes token;
	const char *name;
} methods[] = {
	{WSI_TOKEN_GET_URI, "GET"},	    {WSI_TOKEN_HEAD_URI, "HEAD"},
	{WSI_TOKEN_POST_URI, "POST"},	    {WSI_TOKEN_PUT_URI, "PUT"},
	{WSI_TOKEN_DELETE_URI, "DELETE"},   {WSI_TOKEN_PATCH_URI, "PATCH"},
	{WSI_TOKEN_OPTIONS_URI, "OPTIONS"}, {WSI_TOKEN_CONNECT, "CONNECT"},
};

/* What a request's texts point into. */
struct request_texts {
	char query[REQUEST_QUERY_SIZE + REQUEST_ARGUMENTS_MAX];
	char host[256], origin[256], if_none_match[256];
};

static const char *
header(struct lws *wsi, enum lws_token_indexes token, char *buffer, int size)
{
	if (lws_hdr_total_length(wsi, token) == 0)
		return NULL;
	/* One that is too long for us is none that we know: it must not pass for a missing one. */
	if (lws_hdr_copy(wsi, buffer, size, token) < 0)
		buffer[0] = '\0';
	return buffer;
}

/* Splits the query into its arguments.  Returns 0, or -E2BIG. */
static int
read_arguments(struct lws *wsi, struct request *request, struct request_texts *texts)
{
	char *at = texts->query, *end = at + sizeof(texts->query);
	int length;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) >= REQUEST_QUERY_SIZE)
		return -E2BIG;
	for (int i = 0; (length = lws_hdr_copy_fragment(wsi, at, (int)(end - at),
			     WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0; i++) {
		struct request_argument *argument = &request->arguments[request->argument_count];
		char *equals;

		if (length == 0)
			continue;
		if (request->argument_count == REQUEST_ARGUMENTS_MAX)
			return -E2BIG;
		equals = strchr(at, '=');
		argument->name = at;
		argument->value = equals == NULL ? "" : equals + 1;
		if (equals != NULL)
			*equals = '\0';
		request->argument_count++;
		at += length + 1;
	}
	return 0;
}

/* Fills method and path.  Returns 0, or -E2BIG for a path that is too long. */
static int
read_line(struct lws *wsi, struct session *session)
{
	session->method = "?";
	session->path[0] = '\0';
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (lws_hdr_total_length(wsi, methods[i].token) == 0)
			continue;
		session->method = methods[i].name;
		if (lws_hdr_copy(wsi, session->path, sizeof(session->path), methods[i].token) < 0)
			return -E2BIG;
		return 0;
	}
	return 0;
}

static void
respond(struct http_server *server, struct lws *wsi, struct session *session)
{
	struct request request = {0};
	struct request_texts texts;
	int error = read_line(wsi, session);

	session->without_body = strcmp(session->method, "HEAD") == 0;
	request.method = session->without_body ? "GET" : session->method;
	request.path = session->path;
	request.host = header(wsi, WSI_TOKEN_HOST, texts.host, sizeof(texts.host));
	request.origin = header(wsi, WSI_TOKEN_ORIGIN, texts.origin, sizeof(texts.origin));
	request.if_none_match = header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, texts.if_none_match,
	    sizeof(texts.if_none_match));
	if (error == 0)
		error = read_arguments(wsi, &request, &texts);
	if (error < 0)
		answer_error(&session->answer, 414, "uri_too_long",
		    "a path has at most %d bytes, a query %d bytes and %d parameters",
		    REQUEST_PATH_SIZE - 1, REQUEST_QUERY_SIZE - 1, REQUEST_ARGUMENTS_MAX);
	else if (server->pending_bytes > HTTP_SERVER_PENDING_BYTES)
		answer_error(&session->answer, 503, "busy",
		    "answers of %d bytes wait to be taken by their clients: try again",
		    HTTP_SERVER_PENDING_BYTES);
	else
		server->hooks.respond(server->hooks.context, &request, &session->answer);
}

/* ---- writing its answer ---- */

static size_t
body_length(const struct answer *answer)
{
	return answer->fixed != NULL ? answer->fixed_length : answer->text.length;
}

static const void *
body_bytes(const struct answer *answer)
{
	return answer->fixed != NULL ? (const void *)answer->fixed : answer->text.bytes;
}

static void
end_exchange(struct http_server *server, struct session *session, bool cut)
{
	const struct http_exchange exchange = {
		.method = session->method,
		.path = session->path,
		.client = session->client,
		.status = session->answer.status,
		.started_us = session->started_us,
		.duration_us = clock_monotonic_us() - session->started_monotonic_us,
		.bytes = (int64_t)session->sent,
		.cut = cut,
	};

	server->figures.requests++;
	if (exchange.status >= 400)
		server->figures.errors++;
	server->pending_bytes -= (int64_t)session->answer.text.capacity;
	session->answering = false;
	server->hooks.done(server->hooks.context, &exchange);
	answer_finish(&session->answer);
}

/* Writes a chunk.  Returns 1 when that was the last, 0 when there is more, -1 when it failed. */
static int
write_chunk(struct http_server *server, struct lws *wsi, struct session *session)
{
	const struct answer *answer = &session->answer;
	unsigned char *start = server->chunk + LWS_PRE;
	size_t length = 0, body = session->without_body ? 0 : body_length(answer);
	size_t left = body - session->sent, part = left < CHUNK_BYTES ? left : CHUNK_BYTES;

	if (!session->head_sent)
		length = http_head_write(answer, body_length(answer), session->last, (char *)start);
	if (part > 0)
		memcpy(start + length, (const char *)body_bytes(answer) + session->sent, part);
	session->head_sent = true;
	session->sent += part;
	length += part;
	if (lws_write(wsi, start, length, LWS_WRITE_HTTP) < 0)
		return -1;
	return session->sent == body;
}

/* Writes what may be written now.  Returns what libwebsockets wants of its callback. */
static int
write_on(struct http_server *server, struct lws *wsi, struct session *session)
{
	int done = write_chunk(server, wsi, session);

	if (done < 0)
		return -1;
	if (done == 0) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	end_exchange(server, session, false);
	if (session->last)
		return -1;
	lws_set_timer_usecs(wsi, HTTP_SERVER_IDLE_US);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* A request with a body is answered by its head alone; what follows is not read. */
static bool
has_body(struct lws *wsi)
{
	return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

/* Among others as well ("keep-alive, close"): the library knows the word only alone. */
static bool
asks_to_close(struct lws *wsi)
{
	char connection[128];

	return lws_hdr_copy(wsi, connection, sizeof(connection), WSI_TOKEN_CONNECTION) > 0 &&
	    strcasestr(connection, "close") != NULL;
}

static void
begin_exchange(struct http_server *server, struct lws *wsi, struct session *session)
{
	session->started_us = clock_wall_us();
	session->started_monotonic_us = clock_monotonic_us();
	session->sent = 0;
	session->head_sent = false;
	session->answering = true;
	session->last = has_body(wsi) || asks_to_close(wsi);
	if (session->client[0] == '\0')
		lws_get_peer_simple(wsi, session->client, sizeof(session->client));
	answer_init(&session->answer);
	respond(server, wsi, session);
	if (json_text_failed(&session->answer.text))
		answer_error(&session->answer, 503, "answer_too_large",
		    "the answer does not fit into memory: ask for less");
	server->pending_bytes += (int64_t)session->answer.text.capacity;
	lws_set_timer_usecs(wsi, HTTP_SERVER_ANSWER_US);
}

/*
 * A request to change the protocol is answered as if it had not asked: whole, at once, and then
 * the connection is closed.  It has no session of its own yet.
 */
static int
decline_upgrade(struct http_server *server, struct lws *wsi)
{
	struct session *session = calloc(1, sizeof(*session));
	int done;

	if (session == NULL)
		return -1;
	begin_exchange(server, wsi, session);
	session->last = true;
	do
		done = write_chunk(server, wsi, session);
	while (done == 0);
	end_exchange(server, session, done < 0);
	free(session);
	return -1;
}

static int
on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct session *session = user;

	switch (reason) {
	case LWS_CALLBACK_WSI_CREATE:
		server_of(wsi)->figures.open_connections++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		server_of(wsi)->figures.open_connections--;
		return 0;
	case LWS_CALLBACK_HTTP:
		begin_exchange(server_of(wsi), wsi, session);
		return write_on(server_of(wsi), wsi, session);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return session->answering ? write_on(server_of(wsi), wsi, session) : 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return decline_upgrade(server_of(wsi), wsi);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_TIMER: /* a deadline */
		return -1;
	case LWS_CALLBACK_CLOSED_HTTP:
		if (session != NULL && session->answering)
			end_exchange(server_of(wsi), session, true);
		return 0;
	default:
		return 0;
	}
}

/* ---- coming in ---- */

static void
on_refused(void *context, const struct http_exchange *exchange)
{
	struct http_server *server = context;

	server->figures.requests++;
	server->figures.errors++;
	server->hooks.done(server->hooks.context, exchange);
}

static void
on_adopted(void *context, int fd, const char *bytes, size_t length)
{
	struct http_server *server = context;
	/* On failure it has closed fd. */
	struct lws *wsi = lws_adopt_socket_vhost_readbuf(server->vhost, fd, bytes, length);

	if (wsi != NULL)
		lws_set_timer_usecs(wsi, HTTP_SERVER_ANSWER_US);
}

static int64_t
adopted_connections(void *context)
{
	const struct http_server *server = context;

	return server->figures.open_connections;
}

/* ---- the whole ---- */

/* Its words are of its own troubles with clients; ours go to the log through log_event(). */
static void
on_lws_log(int level, const char *line)
{
	if (strncmp(line, "adopt_socket_readbuf", 20) == 0) /* forgotten in it: no trouble at all */
		return;
	log_event(LOG_DEBUG, "libwebsockets", NULL, "%.*s", (int)strcspn(line, "\n"), line);
}

static int
create_lws(struct http_server *server, uv_loop_t *loop)
{
	static const struct lws_protocols protocols[] = {
		{"http", on_lws, sizeof(struct session), 0, 0, NULL,
			HTTP_HEAD_SIZE + CHUNK_BYTES}, /* it cuts larger writes up */
		{NULL, NULL, 0, 0, 0, NULL, 0},
	};
	void *loops[] = {loop};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
		.foreign_loops = loops,
		.user = server,
		.max_http_header_data = HTTP_SERVER_HEADER_BYTES,
		.pt_serv_buf_size = 2 * HTTP_SERVER_HEADER_BYTES, /* a whole head at once */
		.max_http_header_pool = (unsigned short)(server->connections_max > 60000 ?
			60000 : server->connections_max + 1),
		.keepalive_timeout = HTTP_SERVER_IDLE_US / CLOCK_SECOND_US,
		.timeout_secs = HTTP_SERVER_ANSWER_US / CLOCK_SECOND_US,
	};

	lws_set_log_level(LLL_ERR, on_lws_log);
	server->lws = lws_create_context(&info);
	if (server->lws == NULL)
		return -ENOTSUP;
	server->vhost = lws_create_vhost(server->lws, &info);
	if (server->vhost == NULL) {
		lws_context_destroy(server->lws);
		return -ENOMEM;
	}
	return 0;
}

int
http_server_create(struct http_server **ret, uv_loop_t *loop, int listen_fd,
    const struct http_server_limits *limits, const struct http_server_hooks *hooks,
    struct problem *problem)
{
	struct http_server *server = calloc(1, sizeof(*server));
	const struct entrance_hooks entrance_hooks = {on_adopted, on_refused, adopted_connections,
		server};
	int error;

	if (server == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	server->connections_max = limits->connections;
	server->hooks = *hooks;
	error = create_lws(server, loop);
	if (error < 0) {
		free(server);
		return problem_set(problem, error, "libwebsockets cannot be set up on this loop: is "
		    "the package libwebsockets-evlib-uv installed?");
	}
	error = entrance_open(&server->entrance, loop, listen_fd, limits->connections,
	    limits->body_bytes, &entrance_hooks);
	if (error < 0) {
		lws_context_destroy(server->lws);
		/* What the library has on the loop still refers to it: the process leaves now. */
		return problem_set(problem, error, "the listening socket cannot be watched: %s",
		    strerror(-error));
	}
	*ret = server;
	return 0;
}

void
http_server_close(struct http_server *server)
{
	if (server->closing)
		return;
	server->closing = true;
	entrance_close(server->entrance);
	server->entrance = NULL;
	lws_context_destroy(server->lws);
}

/* libwebsockets destroys in two calls: the first asks the loop, the second frees. */
void
http_server_free(struct http_server *server)
{
	lws_context_destroy(server->lws);
	free(server);
}

void
http_server_figures(const struct http_server *server, struct http_server_figures *ret_figures)
{
	*ret_figures = server->figures;
	if (server->entrance == NULL)
		return;
	ret_figures->open_connections += entrance_arriving(server->entrance);
	ret_figures->refused = entrance_refused(server->entrance);
}
