/*
 * The terminal's connection as lines: TCP, or TLS on it.  Nothing here waits: an epoll descriptor
 * of the caller's says when there is something to do.
 */
#ifndef MARKETSIM_TERMINAL_LINK_H
#define MARKETSIM_TERMINAL_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "common/problem.h"
#include "marketsim/body.h"

#define LINK_LINE_MAX (256 << 10) /* bytes of a line with its end: the protocol's */
#define LINK_OUT_MAX (512 << 10)  /* bytes not written yet: then nothing is added */

enum link_state {
	LINK_CLOSED,
	LINK_CONNECTING,
	LINK_SHAKING_HANDS,
	LINK_OPEN,
};

struct terminal_link {
	enum link_state state;
	int epoll_fd; /* the caller's */
	int fd;
	const char *host;
	struct sockaddr_storage address;
	socklen_t address_length;
	SSL_CTX *context; /* NULL: no TLS */
	SSL *ssl;
	struct body out; /* what is to be written, and ... */
	size_t written;	 /* ... what of it has been */
	size_t in_length, in_taken;
	char in[LINK_LINE_MAX];
};

/*
 * Finds the address out and reads the authorities of `ca_file` (NULL: no TLS).  `host` outlives
 * the link.  0, or a negative errno with the sentence; terminal_link_finish() is due in both cases.
 */
__attribute__((warn_unused_result)) int
terminal_link_init(struct terminal_link *link, int epoll_fd, const char *host, int port,
    const char *ca_file, struct problem *problem);

void
terminal_link_finish(struct terminal_link *link);

/* Begins to connect a closed link.  What is added to `out` from now on goes over it. */
__attribute__((warn_unused_result)) int
terminal_link_connect(struct terminal_link *link, struct problem *problem);

/*
 * Goes on with connecting and reads what is there, without waiting.  0, or a negative errno with
 * the sentence: it is over, but there may be lines that came before.
 */
__attribute__((warn_unused_result)) int
terminal_link_read(struct terminal_link *link, struct problem *problem);

/* Writes of `out` what goes without waiting, and sees to it that the rest wakes us.  The same. */
__attribute__((warn_unused_result)) int
terminal_link_write(struct terminal_link *link, struct problem *problem);

/* The next whole line, NUL in the place of its end; NULL: none yet.  Valid until the next read. */
const char *
terminal_link_line(struct terminal_link *link, size_t *ret_length);

/* Is there room for another line? */
bool
terminal_link_has_room(const struct terminal_link *link);

/* Ends it; what has not been written is lost. */
void
terminal_link_close(struct terminal_link *link);

#endif
