#define _GNU_SOURCE
#include "tickd/net/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOSTS_MAX 4		 /* base URLs: stream and REST, with room for another venue */
#define RECEIVE_BYTES (64 << 10) /* read from a socket at once */
#define HEADER_BYTES (8 << 10)	 /* of one request or answer */
#define DESCRIPTORS 64		 /* connections of this context at the most */
#define HOST_SIZE 256

struct link_host {
	struct link *link;
	struct lws_vhost *vhost;
	bool tls, is_address;
	int port;
	char host[HOST_SIZE];
	char name[HOST_SIZE + 8];
};

struct link {
	uv_loop_t *loop;
	struct lws_context *lws;
	struct link_host hosts[HOSTS_MAX];
	int host_count;
	const char *refusal; /* of the last certificate, in libcrypto's words; told at once */
};

static bool
is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

/*
 * A host that is named by its address must have a certificate for that address; libwebsockets asks
 * only for names.  It shares one SSL_CTX among hosts, so this is said for each handshake.
 */
static bool
expect_address(X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (host == NULL)
		return false;
	return !is_address(host) ||
	    X509_VERIFY_PARAM_set1_ip_asc(X509_STORE_CTX_get0_param(store), host) == 1;
}

/* As libcrypto would by itself; what libwebsockets reports of a refusal is only a number. */
static int
verify_certificate(X509_STORE_CTX *store, void *context)
{
	struct link *link = context;
	int accepted = expect_address(store) && X509_verify_cert(store) == 1;

	link->refusal = accepted ? NULL :
	    X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
	return accepted;
}

static void
free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void
close_forgotten(uv_handle_t *handle, void *wsi)
{
	if (uv_handle_get_type(handle) == UV_POLL && uv_handle_get_data(handle) == wsi &&
	    !uv_is_closing(handle))
		uv_close(handle, free_handle);
}

/*
 * libwebsockets 4.1 forgets the poll handle of a connection whose connect() failed (no route, no
 * answer in time, a reset that is found only once it looks): it closes the socket, frees the
 * connection, and the handle would stay in the loop, which then cannot be closed.  Later versions
 * close it before they say that the connection is gone.  From then on it is nobody's but ours.
 */
static void
end_connection(struct link *link, struct lws *wsi, struct link_attempt *attempt)
{
	uv_walk(link->loop, close_forgotten, wsi);
	/*
	 * Whoever was told of the end has taken itself out of the user data.  try_address() need not
	 * be told: it is given no connection.
	 */
	if (attempt != NULL && attempt->told == NULL)
		attempt->gone(attempt);
}

/* Before any protocol: how certificates are looked at, and the very end of a connection. */
static int
on_any(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct link_host *host;

	if (reason != LWS_CALLBACK_WSI_DESTROY &&
	    reason != LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS)
		return 0;
	host = lws_get_vhost_user(lws_get_vhost(wsi));
	if (host == NULL)
		return 0;
	if (reason == LWS_CALLBACK_WSI_DESTROY)
		end_connection(host->link, wsi, user);
	else
		SSL_CTX_set_cert_verify_callback(user, verify_certificate, host->link);
	return 0;
}

static const struct lws_protocols protocols[] = {
	{.name = "any", .callback = on_any},
	{.name = LINK_WEBSOCKET, .callback = ws_connection_callback,
	    .rx_buffer_size = RECEIVE_BYTES},
	{.name = LINK_HTTP, .callback = http_call_callback, .rx_buffer_size = RECEIVE_BYTES},
	{0},
};

int
link_create(struct link **ret, uv_loop_t *loop, struct problem *problem)
{
	struct link *link = calloc(1, sizeof(*link));
	void *loops[] = {loop};
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.pt_serv_buf_size = RECEIVE_BYTES,
		.max_http_header_data2 = HEADER_BYTES,
		.fd_limit_per_thread = DESCRIPTORS,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
	};

	if (link == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	link->loop = loop;
	lws_set_log_level(0, NULL); /* what matters comes through the callbacks */
	link->lws = lws_create_context(&info);
	if (link->lws == NULL) {
		free(link);
		return problem_set(problem, -ENOSYS,
		    "libwebsockets cannot run on the event loop: is libwebsockets-evlib-uv installed?");
	}
	*ret = link;
	return 0;
}

void
link_close(struct link *link)
{
	lws_context_destroy(link->lws);
}

/* libwebsockets destroys in two calls: the first asks the loop, the second frees. */
void
link_free(struct link *link)
{
	if (link == NULL)
		return;
	lws_context_destroy(link->lws);
	free(link);
}

/* "wss://host:port" apart; the settings have checked its form. */
static int
split_url(struct link_host *host, const char *url)
{
	const char *at = strstr(url, "://") + 3, *end = at + strlen(at), *colon = strrchr(at, ':');

	host->tls = strncmp(url, "wss:", 4) == 0 || strncmp(url, "https:", 6) == 0;
	host->port = host->tls ? 443 : 80;
	if (colon != NULL && strchr(colon, ']') == NULL) {
		char *after;
		long port = strtol(colon + 1, &after, 10);

		if (after == colon + 1 || *after != '\0' || port < 1 || port > 65535)
			return -EINVAL;
		host->port = (int)port;
		end = colon;
	}
	if (*at == '[' && end[-1] == ']') {
		at++;
		end--;
	}
	if (end == at || end - at >= HOST_SIZE)
		return -EINVAL;
	snprintf(host->host, sizeof(host->host), "%.*s", (int)(end - at), at);
	snprintf(host->name, sizeof(host->name), "%.*s:%d", (int)(end - at), at, host->port);
	host->is_address = is_address(host->host);
	return 0;
}

int
link_host_create(struct link *link, const char *url, const char *ca_file, struct link_host **ret,
    struct problem *problem)
{
	struct link_host *host = &link->hosts[link->host_count];
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.vhost_name = url,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
		    (ca_file[0] == '\0' ? 0 : LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS),
		.client_ssl_ca_filepath = ca_file[0] == '\0' ? NULL : ca_file,
		.timeout_secs = 10, /* to connect, and for an answer */
		.user = host,
	};

	if (link->host_count == HOSTS_MAX)
		return problem_set(problem, -ENOSPC, "more than %d exchange URLs", HOSTS_MAX);
	host->link = link;
	if (split_url(host, url) < 0)
		return problem_set(problem, -EINVAL, "%s: no host and port of a server", url);
	if (ca_file[0] != '\0' && access(ca_file, R_OK) < 0)
		return problem_set(problem, -errno, "binance.ca_file: %s: %s", ca_file,
		    strerror(errno));
	host->vhost = lws_create_vhost(link->lws, &info);
	if (host->vhost == NULL)
		return problem_set(problem, -EINVAL, "binance.ca_file: %s holds no certificate",
		    ca_file);
	link->host_count++;
	*ret = host;
	return 0;
}

const char *
link_host_name(const struct link_host *host)
{
	return host->name;
}

/* ---- attempts ---- */

static void
try_address(struct link_attempt *attempt)
{
	struct link_host *host = attempt->host;
	char address[INET6_ADDRSTRLEN];
	const struct lws_client_connect_info info = {
		.context = host->link->lws,
		.vhost = host->vhost,
		.address = address,
		.port = host->port,
		.path = attempt->path,
		.host = host->name,
		.method = strcmp(attempt->protocol, LINK_HTTP) == 0 ? "GET" : NULL,
		.alpn = "http/1.1",
		.ssl_connection = !host->tls ? 0 :
		    LCCSCF_USE_SSL |
			(host->is_address ? LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK : 0),
		.local_protocol_name = attempt->protocol,
		.userdata = attempt->user,
	};
	bool told = false; /* on the stack: being told may free the attempt */
	struct lws *wsi = NULL;

	/* cppcheck-suppress autoVariables ; taken back before this returns */
	attempt->told = &told;
	if (uv_ip_name(attempt->next->ai_addr, address, sizeof(address)) == 0) {
		attempt->next = attempt->next->ai_next;
		wsi = lws_client_connect_via_info(&info);
	}
	/* A refusal on the spot may have come through the callback, or through nothing at all. */
	if (wsi != NULL) {
		*attempt->wsi = wsi;
		attempt->told = NULL;
	} else if (!told) {
		link_attempt_next(attempt, "no route to it, or no resources to connect with");
	}
}

void
link_attempt_next(struct link_attempt *attempt, const char *reason)
{
	if (attempt->told != NULL)
		*attempt->told = true;
	attempt->told = NULL;
	if (attempt->host->link->refusal != NULL)
		snprintf(attempt->reason, sizeof(attempt->reason),
		    "its certificate is not trusted (see ca_file): %s", attempt->host->link->refusal);
	else if (reason != NULL)
		snprintf(attempt->reason, sizeof(attempt->reason), "%s", reason);
	attempt->host->link->refusal = NULL;
	if (attempt->next != NULL && !attempt->cancelled)
		try_address(attempt);
	else
		attempt->failed(attempt->user, attempt->reason);
}

static void
on_looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *addresses)
{
	struct link_attempt *attempt = lookup->data;

	attempt->looking_up = false;
	attempt->addresses = attempt->next = addresses;
	if (status < 0) {
		char text[96], reason[sizeof(attempt->reason)];

		snprintf(reason, sizeof(reason), "%.80s cannot be looked up: %s", attempt->host->host,
		    uv_strerror_r(status, text, sizeof(text)));
		link_attempt_next(attempt, reason);
		return;
	}
	link_attempt_next(attempt, NULL);
}

int
link_attempt_start(struct link_attempt *attempt)
{
	struct link_host *host = attempt->host;
	/* Without the type of socket the same address would come, and be tried, once for each. */
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = host->is_address ? AI_NUMERICHOST : AI_ADDRCONFIG};
	int error;

	attempt->lookup.data = attempt;
	attempt->addresses = attempt->next = NULL;
	attempt->cancelled = false;
	attempt->reason[0] = '\0';
	error = uv_getaddrinfo(host->link->loop, &attempt->lookup, on_looked_up, host->host, NULL,
	    &hints);
	attempt->looking_up = error == 0;
	return error;
}

void
link_attempt_finish(struct link_attempt *attempt)
{
	uv_freeaddrinfo(attempt->addresses);
	attempt->addresses = attempt->next = NULL;
}

bool
link_attempt_busy(const struct link_attempt *attempt)
{
	return attempt->looking_up;
}

void
link_attempt_cancel(struct link_attempt *attempt)
{
	attempt->cancelled = true;
	if (attempt->looking_up)
		(void)uv_cancel((uv_req_t *)&attempt->lookup);
}

const char *
link_reason(const char *in)
{
	if (in == NULL || strcmp(in, "closed before established") == 0)
		return "the connection was refused, or ended before it was up";
	return in;
}
