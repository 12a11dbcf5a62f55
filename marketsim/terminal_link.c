#include "marketsim/terminal_link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PORT_SIZE 8
#define TLS_REASON_SIZE 256

/* What OpenSSL has to say of the last thing that went wrong. */
static int
tls_problem(const struct terminal_link *link, const char *what, struct problem *problem)
{
	char reason[TLS_REASON_SIZE] = "no reason given";
	unsigned long error = ERR_get_error();
	long verified = link->ssl != NULL ? SSL_get_verify_result(link->ssl) : X509_V_OK;

	if (verified != X509_V_OK)
		snprintf(reason, sizeof(reason), "%s", X509_verify_cert_error_string(verified));
	else if (error != 0)
		ERR_error_string_n(error, reason, sizeof(reason));
	ERR_clear_error();
	return problem_set(problem, -EPROTO, "%s: %s", what, reason);
}

static int
find_address(struct terminal_link *link, int port, struct problem *problem)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found;
	char service[PORT_SIZE];
	int error;

	snprintf(service, sizeof(service), "%d", port);
	error = getaddrinfo(link->host, service, &hints, &found);
	if (error != 0)
		return problem_set(problem, -EHOSTUNREACH, "%s: %s", link->host,
		    gai_strerror(error));
	memcpy(&link->address, found->ai_addr, found->ai_addrlen);
	link->address_length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int
terminal_link_init(struct terminal_link *link, int epoll_fd, const char *host, int port,
    const char *ca_file, struct problem *problem)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
	link->epoll_fd = epoll_fd;
	link->host = host;
	if (ca_file != NULL) {
		link->context = SSL_CTX_new(TLS_client_method());
		if (link->context == NULL)
			return tls_problem(link, "cannot make a TLS client", problem);
		SSL_CTX_set_verify(link->context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_mode(link->context,
		    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		if (SSL_CTX_load_verify_locations(link->context, ca_file, NULL) != 1)
			return tls_problem(link, ca_file, problem);
	}
	return find_address(link, port, problem);
}

void
terminal_link_close(struct terminal_link *link)
{
	SSL_free(link->ssl);
	link->ssl = NULL;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->state = LINK_CLOSED;
	link->out.length = link->written = 0;
	link->in_length = link->in_taken = 0;
}

void
terminal_link_finish(struct terminal_link *link)
{
	terminal_link_close(link);
	SSL_CTX_free(link->context);
	link->context = NULL;
	body_free(&link->out);
}

/* The certificate has to be that of the host, an address or a name. */
static int
prepare_tls(struct terminal_link *link, struct problem *problem)
{
	X509_VERIFY_PARAM *wanted;

	link->ssl = SSL_new(link->context);
	if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1)
		return tls_problem(link, "cannot begin TLS", problem);
	wanted = SSL_get0_param(link->ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(wanted, link->host) != 1 &&
	    (X509_VERIFY_PARAM_set1_host(wanted, link->host, 0) != 1 ||
		SSL_set_tlsext_host_name(link->ssl, link->host) != 1))
		return tls_problem(link, link->host, problem);
	ERR_clear_error();
	SSL_set_connect_state(link->ssl);
	return 0;
}

int
terminal_link_connect(struct terminal_link *link, struct problem *problem)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	int one = 1, error;

	link->fd = socket(link->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return problem_set(problem, -errno, "cannot make a socket: %s", strerror(errno));
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(link->fd, (struct sockaddr *)&link->address, link->address_length) < 0 &&
	    errno != EINPROGRESS)
		return problem_set(problem, -errno, "cannot connect: %s", strerror(errno));
	if (epoll_ctl(link->epoll_fd, EPOLL_CTL_ADD, link->fd, &event) < 0)
		return problem_set(problem, -errno, "cannot watch a socket: %s", strerror(errno));
	link->state = LINK_CONNECTING;
	if (link->context == NULL)
		return 0;
	error = prepare_tls(link, problem);
	return error;
}

/* The kernel has decided about the connection, one way or the other. */
static int
finish_connecting(struct terminal_link *link, struct problem *problem)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer), size = sizeof(int);
	int error = 0;

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error != 0)
		return problem_set(problem, -error, "cannot connect: %s", strerror(error));
	if (getpeername(link->fd, (struct sockaddr *)&peer, &length) == 0)
		link->state = link->ssl != NULL ? LINK_SHAKING_HANDS : LINK_OPEN;
	return 0;
}

/* What an I/O function of OpenSSL said: 0 for "later", or a negative errno. */
static int
tls_outcome(struct terminal_link *link, int returned, struct problem *problem)
{
	switch (SSL_get_error(link->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		ERR_clear_error();
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return problem_set(problem, -ECONNRESET, "the connection was closed");
	case SSL_ERROR_SYSCALL:
		return problem_set(problem, -ECONNRESET, "the connection broke off");
	default:
		return tls_problem(link, "TLS", problem);
	}
}

static int
shake_hands(struct terminal_link *link, struct problem *problem)
{
	int returned = SSL_do_handshake(link->ssl);

	if (returned != 1)
		return tls_outcome(link, returned, problem);
	link->state = LINK_OPEN;
	return 0;
}

/* Each moves up to `length` bytes: how many, 0 for "later", or a negative errno. */
static ssize_t
write_some(struct terminal_link *link, const char *bytes, size_t length, struct problem *problem)
{
	size_t done;
	ssize_t sent;
	int returned;

	if (link->ssl != NULL) {
		returned = SSL_write_ex(link->ssl, bytes, length, &done);
		return returned == 1 ? (ssize_t)done : tls_outcome(link, returned, problem);
	}
	sent = send(link->fd, bytes, length, MSG_NOSIGNAL);
	if (sent >= 0)
		return sent;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return problem_set(problem, -errno, "cannot send: %s", strerror(errno));
}

static ssize_t
read_some(struct terminal_link *link, char *bytes, size_t length, struct problem *problem)
{
	size_t done;
	ssize_t got;
	int returned;

	if (link->ssl != NULL) {
		returned = SSL_read_ex(link->ssl, bytes, length, &done);
		return returned == 1 ? (ssize_t)done : tls_outcome(link, returned, problem);
	}
	got = recv(link->fd, bytes, length, 0);
	if (got > 0)
		return got;
	if (got == 0)
		return problem_set(problem, -ECONNRESET, "the connection was closed");
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return problem_set(problem, -errno, "cannot receive: %s", strerror(errno));
}

static int
write_out(struct terminal_link *link, struct problem *problem)
{
	struct body *out = &link->out;
	ssize_t sent = 1;

	if (out->failed)
		return problem_set(problem, -ENOMEM, "out of memory");
	while (link->written < out->length && sent > 0) {
		sent = write_some(link, out->text + link->written, out->length - link->written,
		    problem);
		if (sent < 0)
			return (int)sent;
		link->written += (size_t)sent;
	}
	/* What is left moves to the front now and then, so that the memory stays bounded. */
	if (link->written == out->length || link->written >= LINK_OUT_MAX) {
		out->length -= link->written;
		if (out->length > 0)
			memmove(out->text, out->text + link->written, out->length);
		link->written = 0;
	}
	return 0;
}

/* One buffer at a time: what is still there wakes us again. */
static int
read_in(struct terminal_link *link, struct problem *problem)
{
	ssize_t got;

	memmove(link->in, link->in + link->in_taken, link->in_length - link->in_taken);
	link->in_length -= link->in_taken;
	link->in_taken = 0;
	do {
		if (link->in_length == sizeof(link->in))
			return memchr(link->in, '\n', link->in_length) != NULL
			    ? 0
			    : problem_set(problem, -EMSGSIZE, "a line is longer than %d bytes",
				  LINK_LINE_MAX);
		got = read_some(link, link->in + link->in_length,
		    sizeof(link->in) - link->in_length, problem);
		if (got < 0)
			return (int)got;
		link->in_length += (size_t)got;
	} while (got > 0);
	return 0;
}

/* What is to wake us: room to write only where there is something to be written. */
static void
watch(struct terminal_link *link)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (link->state == LINK_CONNECTING || link->written < link->out.length ||
	    (link->ssl != NULL && SSL_want_write(link->ssl)))
		event.events |= EPOLLOUT;
	epoll_ctl(link->epoll_fd, EPOLL_CTL_MOD, link->fd, &event);
}

int
terminal_link_read(struct terminal_link *link, struct problem *problem)
{
	int error = 0;

	if (link->state == LINK_CONNECTING)
		error = finish_connecting(link, problem);
	if (error == 0 && link->state == LINK_SHAKING_HANDS)
		error = shake_hands(link, problem);
	if (error == 0 && link->state == LINK_OPEN)
		error = read_in(link, problem);
	return error;
}

int
terminal_link_write(struct terminal_link *link, struct problem *problem)
{
	int error = link->state == LINK_OPEN ? write_out(link, problem) : 0;

	watch(link);
	return error;
}

const char *
terminal_link_line(struct terminal_link *link, size_t *ret_length)
{
	char *line = link->in + link->in_taken;
	char *end = memchr(line, '\n', link->in_length - link->in_taken);

	if (end == NULL)
		return NULL;
	*end = '\0';
	*ret_length = (size_t)(end - line);
	link->in_taken += *ret_length + 1;
	return line;
}

bool
terminal_link_has_room(const struct terminal_link *link)
{
	return link->out.length - link->written < LINK_OUT_MAX;
}
