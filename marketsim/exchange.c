#include "marketsim/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "marketsim/connection.h"
#include "marketsim/http.h"
#include "marketsim/pace.h"
#include "marketsim/report.h"

#define VHOST "market"
#define PATH_SIZE (32 << 10) /* bytes of a path or query: 1024 streams by name */

/* The path, or with `query` the value of streams=, of a WebSocket's request. */
static void
copy_request(struct lws *wsi, bool query, char *text, int size)
{
	int fragment = 0;

	text[0] = '\0';
	if (!query) {
		if (lws_hdr_copy(wsi, text, size, WSI_TOKEN_GET_URI) < 0)
			text[0] = '\0';
		return;
	}
	while (lws_hdr_copy_fragment(wsi, text, size, WSI_TOKEN_HTTP_URI_ARGS, fragment++) > 0)
		if (strncmp(text, "streams=", 8) == 0) {
			memmove(text, text + 8, strlen(text + 8) + 1);
			return;
		}
	text[0] = '\0';
}

/* A request to become a WebSocket: 0, or -1 to refuse it. */
static int
admit(struct exchange *exchange, struct lws *wsi)
{
	char path[PATH_SIZE];
	bool good;

	copy_request(wsi, false, path, sizeof(path));
	good = strcmp(path, "/stream") == 0 || strcmp(path, "/ws") == 0 ||
	    strncmp(path, "/ws/", 4) == 0;
	if (good && exchange->log.open < CONNECTIONS_MAX)
		return 0;
	exchange->log.refused++;
	return -1;
}

static int
open_connection(struct exchange *exchange, struct lws *wsi, struct connection *connection)
{
	char path[PATH_SIZE], streams[PATH_SIZE];

	copy_request(wsi, false, path, sizeof(path));
	copy_request(wsi, true, streams, sizeof(streams));
	if (connection_open(connection, exchange, wsi, path, streams) < 0)
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

union session {
	struct connection connection;
	struct http_reply reply;
};

static int
begin_reply(struct exchange *exchange, struct lws *wsi, struct http_reply *reply, const char *path)
{
	const struct exchange_guest *guest = exchange->guest;
	char query[HTTP_QUERY_SIZE];
	struct body body = { 0 };

	if (strcmp(path, REPORT_PATH) == 0) {
		report_make(exchange, &body);
	} else if (guest != NULL && strcmp(path, guest->path) == 0) {
		http_query(wsi, query);
		guest->ask(guest->object, query, &body);
	} else {
		return http_begin(reply, &exchange->rest, wsi, path);
	}
	return http_begin_plain(reply, wsi, &body);
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct exchange *exchange = lws_context_user(lws_get_context(wsi));
	union session *session = user;

	switch (reason) {
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return admit(exchange, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return open_connection(exchange, wsi, &session->connection);
	case LWS_CALLBACK_CLOSED:
		connection_close(&session->connection);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return connection_writable(&session->connection);
	case LWS_CALLBACK_RECEIVE:
		return connection_receive(&session->connection, in, length,
		    lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0);
	case LWS_CALLBACK_RECEIVE_PONG:
		return connection_pong(&session->connection, in, length);
	case LWS_CALLBACK_HTTP:
		return begin_reply(exchange, wsi, &session->reply, in);
	case LWS_CALLBACK_TIMER:
		return http_due(&session->reply, wsi);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http_writable(&session->reply, wsi);
	case LWS_CALLBACK_RAW_RX_FILE:
		pace_tick(exchange);
		return 0;
	case LWS_CALLBACK_CLOSED_HTTP:
		if (session != NULL)
			http_end(&session->reply);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, length);
	}
}

static int
on_guest_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t length)
{
	const struct exchange *exchange = lws_context_user(lws_get_context(wsi));

	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		exchange->guest->turn(exchange->guest->object);
	return 0;
}

/* A descriptor is one more thing that the loop watches; it is closed with the loop. */
static int
watch(struct exchange *exchange, int watched, const char *protocol, struct problem *problem)
{
	struct lws_vhost *vhost = lws_get_vhost_by_name(exchange->context, VHOST);
	lws_sock_file_fd_type fd = { .filefd = watched };

	if (fd.filefd < 0)
		return fd.filefd;
	if (lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, protocol, NULL) == NULL)
		return problem_set(problem, -EIO, "cannot watch a %s", protocol);
	return 0;
}

int
exchange_invite(struct exchange *exchange, const struct exchange_guest *guest,
    struct problem *problem)
{
	int fd = fcntl(guest->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return problem_set(problem, -errno, "cannot watch a guest: %s", strerror(errno));
	exchange->guest = guest;
	return watch(exchange, fd, "guest", problem);
}

static const struct lws_protocols protocols[] = {
	{ "stream", on_event, sizeof(union session), STAGING_BYTES, 0, NULL, 2 * STAGING_SIZE },
	{ "timer", on_event, 0, 0, 0, NULL, 0 },
	{ "guest", on_guest_event, 0, 0, 0, NULL, 0 },
	{ 0 },
};

/* libwebsockets does not say why it could not listen: we try first and ask the system. */
static int
try_port(const char *address, int port, struct problem *problem)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int fd, one = 1, error = 0;

	if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		return problem_set(problem, -EINVAL, "%s: not a numeric address", address);
	fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return problem_set(problem, -errno, "cannot make a socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
		is_v4 ? sizeof(v4) : sizeof(v6)) < 0 ||
	    listen(fd, 1) < 0)
		error = problem_set(problem, -errno, "cannot listen on %s port %d: %s", address,
		    port, strerror(errno));
	close(fd);
	return error;
}

static int
listen_on(struct exchange *exchange, struct problem *problem)
{
	const struct exchange_options *options = exchange->options;
	struct lws_context_creation_info info = {
		.port = options->port,
		.iface = options->address,
		.protocols = protocols,
		.vhost_name = VHOST,
		.alpn = "http/1.1",
		.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
		.max_http_header_data = PATH_SIZE,
		.pt_serv_buf_size = STAGING_BYTES,
		.keepalive_timeout = 60,
		.timeout_secs = 20,
		.user = exchange,
		.gid = -1,
		.uid = -1,
	};
	int error = try_port(options->address, options->port, problem);

	if (error < 0)
		return error;
	if (options->certificate_file != NULL) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = options->certificate_file;
		info.ssl_private_key_filepath = options->key_file;
	}
	lws_set_log_level(LLL_ERR, NULL);
	exchange->context = lws_create_context(&info);
	if (exchange->context == NULL)
		return problem_set(problem, -EIO, "cannot listen on %s port %d",
		    options->address, options->port);
	return 0;
}

int
exchange_open(struct exchange *exchange, const struct exchange_options *options,
    const struct trade_source *source, struct feed *feed, const struct capture *capture,
    struct problem *problem)
{
	int error;

	memset(exchange, 0, sizeof(*exchange));
	exchange->options = options;
	exchange->source = *source;
	exchange->rest.source = *source;
	exchange->rest.source.lag_us = options->rest.lag_us;
	exchange->rest.faults = options->rest;
	exchange->rest.seed = options->seed;
	exchange->rest.weights.limit = (int)options->weight_limit;
	exchange->feed = feed;
	exchange->capture = capture;
	for (int i = 0; i < source->count; i++)
		exchange->first_ids[i] = feed != NULL ? source->newest(source->object, i) + 1
						      : source->oldest(source->object, i);
	error = mutes_init(&exchange->mutes, &options->mutes, source->instruments, source->count,
	    problem);
	if (error < 0)
		return error;
	error = ring_init(&exchange->ring,
	    options->frames_per_second == 0 ? FLAT_OUT_BYTES : BACKLOG_BYTES);
	if (error < 0)
		return problem_set(problem, error, "out of memory");
	if (feed != NULL)
		feed->ring = &exchange->ring;
	error = listen_on(exchange, problem);
	if (error < 0)
		return error;
	return watch(exchange, pace_open(exchange, problem), "timer", problem);
}

void
exchange_close(struct exchange *exchange)
{
	if (exchange->context != NULL)
		lws_context_destroy(exchange->context);
	exchange->context = NULL;
	ring_finish(&exchange->ring);
}

int
exchange_port(const struct exchange *exchange)
{
	return lws_get_vhost_listen_port(lws_get_vhost_by_name(exchange->context, VHOST));
}

void
exchange_run(struct exchange *exchange, const volatile sig_atomic_t *stop)
{
	/* A signal that comes just before the wait is seen when the next timer ends it. */
	while (!*stop && lws_service(exchange->context, 0) >= 0)
		;
}
