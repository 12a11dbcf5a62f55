#define _GNU_SOURCE
#include "tickd/mt5/mt5_tls.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mt5_tls {
	SSL_CTX *context;
};

struct mt5_tls_session {
	SSL *ssl;
	BIO *in, *out; /* the SSL's */
	BIO *early;    /* plain text before the handshake is over */
	bool heard;    /* a first byte was looked at */
	bool greeted;  /* the handshake is over */
	bool broken;   /* nothing more is said after a failure */
};

/* ---- the certificate ---- */

/* Nobody is at the daemon's terminal to be asked. */
static int
no_password(char *buffer, int size, int writing, void *context)
{
	return -1;
}

static int
check_readable(const char *file, struct problem *problem)
{
	FILE *stream = fopen(file, "re");

	if (stream == NULL)
		return problem_set(problem, -EINVAL, "%s cannot be read: %s", file,
		    strerror(errno));
	fclose(stream);
	return 0;
}

static int
load_certificate(SSL_CTX *context, const char *file, struct problem *problem)
{
	int error = check_readable(file, problem);

	if (error < 0)
		return error;
	if (SSL_CTX_use_certificate_chain_file(context, file) != 1)
		return problem_set(problem, -EINVAL, "%s holds no certificate in PEM", file);
	if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0)
		return problem_set(problem, -EINVAL, "%s: the certificate has expired", file);
	return 0;
}

static int
load_key(SSL_CTX *context, const char *certificate, const char *file, struct problem *problem)
{
	int error = check_readable(file, problem);

	if (error < 0)
		return error;
	SSL_CTX_set_default_passwd_cb(context, no_password);
	if (SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(context) == 1)
		return 0;
	if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH ||
	    ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_TYPE_MISMATCH)
		return problem_set(problem, -EINVAL, "%s is not the key of the certificate %s",
		    file, certificate);
	return problem_set(problem, -EINVAL, "%s holds no private key in PEM without a password",
	    file);
}

static int
load(SSL_CTX *context, const char *certificate, const char *key, struct problem *problem)
{
	int error;

	ERR_clear_error();
	(void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_num_tickets(context, 0);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	error = load_certificate(context, certificate, problem);
	if (error == 0)
		error = load_key(context, certificate, key, problem);
	ERR_clear_error();
	return error;
}

int
mt5_tls_create(struct mt5_tls **ret, const char *certificate, const char *key,
    struct problem *problem)
{
	struct mt5_tls *tls = calloc(1, sizeof(*tls));
	int error;

	if (tls == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	tls->context = SSL_CTX_new(TLS_server_method());
	if (tls->context == NULL) {
		free(tls);
		return problem_set(problem, -ENOMEM, "out of memory");
	}
	error = load(tls->context, certificate, key, problem);
	if (error < 0) {
		mt5_tls_free(tls);
		return error;
	}
	*ret = tls;
	return 0;
}

void
mt5_tls_free(struct mt5_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

/* ---- a connection ---- */

struct mt5_tls_session *
mt5_tls_session_create(struct mt5_tls *tls)
{
	struct mt5_tls_session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return NULL;
	session->ssl = SSL_new(tls->context);
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	session->early = BIO_new(BIO_s_mem());
	if (session->ssl == NULL || session->in == NULL || session->out == NULL ||
	    session->early == NULL) {
		BIO_free(session->in);
		BIO_free(session->out);
		session->in = session->out = NULL;
		mt5_tls_session_free(session);
		return NULL;
	}
	SSL_set_bio(session->ssl, session->in, session->out);
	SSL_set_accept_state(session->ssl);
	return session;
}

void
mt5_tls_session_free(struct mt5_tls_session *session)
{
	if (session == NULL)
		return;
	SSL_free(session->ssl);
	BIO_free(session->early);
	free(session);
}

/* All of it into a BIO of memory: 0 or -ENOMEM. */
static int
keep(BIO *bio, const char *bytes, size_t length)
{
	assert(length <= INT_MAX);
	return length == 0 || BIO_write(bio, bytes, (int)length) == (int)length ? 0 : -ENOMEM;
}

int
mt5_tls_session_receive(struct mt5_tls_session *session, const char *bytes, size_t length)
{
	return keep(session->in, bytes, length);
}

static int
fail(struct mt5_tls_session *session, struct problem *problem)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	session->broken = true;
	ERR_clear_error();
	return problem_set(problem, -EPROTO, "%s: %s",
	    session->greeted ? "TLS failed" : "the TLS handshake failed",
	    reason != NULL ? reason : "no reason is known");
}

/* Who speaks plain text deserves a better sentence than "wrong version number". */
static bool
speaks_tls(struct mt5_tls_session *session)
{
	char *bytes;

	if (session->heard || BIO_get_mem_data(session->in, &bytes) <= 0)
		return true;
	session->heard = true;
	return bytes[0] == MT5_TLS_HANDSHAKE;
}

static int
encrypt(struct mt5_tls_session *session, const char *text, size_t length)
{
	size_t written;

	ERR_clear_error();
	if (SSL_write_ex(session->ssl, text, length, &written) == 1)
		return 0;
	session->broken = true;
	ERR_clear_error();
	return -EPROTO;
}

/* What was said before the handshake was over. */
static int
send_early(struct mt5_tls_session *session)
{
	char *text;
	long length = BIO_get_mem_data(session->early, &text);
	int error = length > 0 ? encrypt(session, text, (size_t)length) : 0;

	if (length > 0)
		(void)BIO_reset(session->early);
	return error;
}

ssize_t
mt5_tls_session_read(struct mt5_tls_session *session, char *into, size_t size,
    struct problem *problem)
{
	size_t length = 0;
	int result, reason;

	if (!speaks_tls(session)) {
		session->broken = true;
		return problem_set(problem, -EPROTO, "plain text came where TLS is expected");
	}
	ERR_clear_error();
	result = SSL_read_ex(session->ssl, into, size, &length);
	reason = SSL_get_error(session->ssl, result);
	if (reason != SSL_ERROR_NONE && reason != SSL_ERROR_WANT_READ)
		return reason == SSL_ERROR_ZERO_RETURN ? -ESHUTDOWN : fail(session, problem);
	session->greeted = SSL_is_init_finished(session->ssl);
	if (session->greeted && send_early(session) < 0)
		return fail(session, problem);
	return (ssize_t)length;
}

int
mt5_tls_session_write(struct mt5_tls_session *session, const char *text, size_t length)
{
	if (session->broken)
		return -EPROTO;
	return session->greeted ? encrypt(session, text, length) :
				  keep(session->early, text, length);
}

size_t
mt5_tls_session_waiting(const struct mt5_tls_session *session)
{
	return session->broken ? 0 : BIO_ctrl_pending(session->early);
}

void
mt5_tls_session_shutdown(struct mt5_tls_session *session)
{
	if (session->broken || !session->greeted)
		return;
	(void)SSL_shutdown(session->ssl);
	ERR_clear_error();
}

ssize_t
mt5_tls_session_take(struct mt5_tls_session *session, char **ret)
{
	size_t length = BIO_ctrl_pending(session->out);
	char *bytes;

	if (length == 0)
		return 0;
	assert(length <= INT_MAX);
	bytes = malloc(length);
	if (bytes == NULL || BIO_read(session->out, bytes, (int)length) != (int)length) {
		free(bytes);
		return -ENOMEM;
	}
	*ret = bytes;
	return (ssize_t)length;
}
