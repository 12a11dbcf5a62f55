/*
 * Connections whose first request is still coming in.  It is read here, with a deadline and a
 * limit, and looked at before any of it reaches the HTTP library: slow, oversized and malformed
 * ones get their answer here and cost nobody else anything.
 */
#ifndef LOGD_ARRIVALS_H
#define LOGD_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "logd/http_check.h"

#define ARRIVALS_HEAD_BYTES 8192	/* of a request's head */
#define ARRIVALS_DEADLINE_US 10000000	/* from connecting to the end of the head */

struct arrivals;

struct arrivals_hooks {
	/* The head is sound: fd and what was read from it are the callee's now. */
	void (*adopt)(void *context, int fd, const char *bytes, size_t length);
	/* It is not: answer and close fd, which is the callee's now. */
	void (*refuse)(void *context, int fd, const struct http_check *check);
	void *context;
};

/* NULL when out of memory. */
struct arrivals *
arrivals_create(uv_loop_t *loop, int64_t body_max, const struct arrivals_hooks *hooks);

/* Takes a new connection, non-blocking; closes it when it cannot. */
void
arrivals_add(struct arrivals *arrivals, int fd);

/* How many there are. */
int64_t
arrivals_count(const struct arrivals *arrivals);

/* Closes them all; freed by the loop once its handles are closed. */
void
arrivals_close(struct arrivals *arrivals);

#endif
