/*
 * The way in: accepts connections, keeps to their limit, lets their first request arrive, and
 * answers those that may not come in.  What may is handed on.
 */
#ifndef LOGD_ENTRANCE_H
#define LOGD_ENTRANCE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "logd/http_exchange.h"

struct entrance;

struct entrance_hooks {
	/* A sound request has begun: fd and the bytes read from it are the callee's now. */
	void (*adopt)(void *context, int fd, const char *bytes, size_t length);
	/* A request has been refused and answered here. */
	void (*refused)(void *context, const struct http_exchange *exchange);
	/* How many that were handed on are still open. */
	int64_t (*adopted)(void *context);
	void *context;
};

/*
 * Watches listen_fd, which stays the caller's.  At most `connections` are open together, here
 * and there; a body of more than body_bytes is refused.  Returns 0, -ENOMEM, or -errno.
 */
__attribute__((warn_unused_result)) int
entrance_open(struct entrance **ret, uv_loop_t *loop, int listen_fd, int64_t connections,
    int64_t body_bytes, const struct entrance_hooks *hooks);

/* Connections whose first request is still coming in. */
int64_t
entrance_arriving(const struct entrance *entrance);

/* Connections above the limit that have been told so. */
int64_t
entrance_refused(const struct entrance *entrance);

/* Closes what is arriving and lets nobody in any more; freed by the loop. */
void
entrance_close(struct entrance *entrance);

#endif
