/* One HTTP GET to a host, its answer in memory. */
#ifndef TICKD_HTTP_CALL_H
#define TICKD_HTTP_CALL_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_MAX (4 << 20) /* bytes of an answer; a longer one is an error */

struct link_host;
struct http_call;

struct http_answer {
	int status;		/* 0 where none came whole: then `reason` says why */
	const char *reason;
	const char *body;	/* `length` bytes, valid during the callback; that of an error (400
				 * and above) may be cut off */
	size_t length;
	int64_t retry_after_s;	/* of Retry-After, -1 without it */
	int64_t used_weight;	/* of X-MBX-USED-WEIGHT-1M, -1 without it */
	/* Monotonic: when the request went out, and its answer began to come; 0: not known. */
	int64_t sent_us, received_us;
};

/* Comes once for each call, never from inside http_get(); then the call is gone. */
typedef void http_callback(void *context, const struct http_answer *answer);

/* NULL when out of memory or resources.  `path` (with its query) is copied. */
struct http_call *
http_get(struct link_host *host, const char *path, http_callback *callback, void *context);

/* The callback still comes, with status 0 unless an error came before. */
void
http_cancel(struct http_call *call);

#endif
