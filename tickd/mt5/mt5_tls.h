/*
 * TLS without a socket: what came from the peer goes in, what is for the peer comes out.
 *
 * TLS 1.2 and up, the server's end, no renegotiation; no certificate is asked of the terminal:
 * its token says who it is.  Loop thread only.
 */
#ifndef TICKD_MT5_TLS_H
#define TICKD_MT5_TLS_H

#include <stddef.h>
#include <sys/types.h>

#include "common/problem.h"

#define MT5_TLS_HANDSHAKE 0x16 /* the first byte of all that speaks TLS, and of no line */

/* A certificate with its key, for any number of connections. */
struct mt5_tls;

/*
 * PEM files, the certificate first in its file and its chain behind it.  -EINVAL with the sentence:
 * not to be read, not a pair, expired; -ENOMEM.
 */
__attribute__((warn_unused_result)) int
mt5_tls_create(struct mt5_tls **ret, const char *certificate, const char *key,
    struct problem *problem);

/* NULL is allowed. */
void
mt5_tls_free(struct mt5_tls *tls);

/* One connection's. */
struct mt5_tls_session;

/* `tls` may be freed before it.  NULL: out of memory. */
struct mt5_tls_session *
mt5_tls_session_create(struct mt5_tls *tls);

/* NULL is allowed. */
void
mt5_tls_session_free(struct mt5_tls_session *session);

/* What came from the peer, until mt5_tls_session_read() has taken it.  0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
mt5_tls_session_receive(struct mt5_tls_session *session, const char *bytes, size_t length);

/*
 * Plain text of what came: its length, 0 where there is none by now.  -ESHUTDOWN: the peer said
 * good-bye; -EPROTO with the sentence.  Leaves what the peer is to be told, of failures too.
 */
__attribute__((warn_unused_result)) ssize_t
mt5_tls_session_read(struct mt5_tls_session *session, char *into, size_t size,
    struct problem *problem);

/* Plain text to the peer; before the handshake is over it is kept.  0, -EPROTO or -ENOMEM. */
__attribute__((warn_unused_result)) int
mt5_tls_session_write(struct mt5_tls_session *session, const char *text, size_t length);

/* Bytes of plain text that wait for the handshake. */
size_t
mt5_tls_session_waiting(const struct mt5_tls_session *session);

/* Says good-bye to the peer, where there is one to say it to. */
void
mt5_tls_session_shutdown(struct mt5_tls_session *session);

/* What is to be sent, to be freed, and how much: 0 where there is nothing; -ENOMEM. */
__attribute__((warn_unused_result)) ssize_t
mt5_tls_session_take(struct mt5_tls_session *session, char **ret);

#endif
