/*
 * Is this the head of a request that we take?  Strict where tolerance has been dangerous: one
 * Host, one length, no folding, no control characters, no escaped NUL.  Pure.
 */
#ifndef LOGD_HTTP_CHECK_H
#define LOGD_HTTP_CHECK_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_CHECK_HEADERS_MAX 100 /* of a request */
#define HTTP_CHECK_METHOD_SIZE 16
#define HTTP_CHECK_PATH_SIZE 256   /* for the log: a longer one is cut */

struct http_check {
	int status;	  /* 0: take it; otherwise the answer's status */
	const char *code; /* of the error, NULL when it is taken */
	const char *message;
	char method[HTTP_CHECK_METHOD_SIZE], path[HTTP_CHECK_PATH_SIZE]; /* "?" where unreadable */
};

/* Bytes of the head with its empty line, 0 while that has not come. */
size_t
http_check_head_length(const char *bytes, size_t length);

/* Looks at a whole head.  A body of more than body_max bytes is announced: 413. */
void
http_check_head(const char *head, size_t length, int64_t body_max, struct http_check *ret_check);

/*
 * Keeps of a sound head only the request line and the headers that mean something here, in place:
 * what nobody reads cannot trip the library up, and a change of protocol that nobody offers is
 * not asked for.  Returns the new length.
 */
size_t
http_check_strip(char *head, size_t length);

/* For what has filled the buffer and is no whole head (431 or 414), or did not come in time (408). */
void
http_check_too_long(const char *bytes, size_t length, struct http_check *ret_check);

void
http_check_too_late(const char *bytes, size_t length, struct http_check *ret_check);

#endif
