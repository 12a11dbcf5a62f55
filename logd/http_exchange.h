/*
 * What the log learns of a request.
 */
#ifndef LOGD_HTTP_EXCHANGE_H
#define LOGD_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

/* One request and its answer, once the answer has been sent or its client has left. */
struct http_exchange {
	const char *method, *path, *client;
	int status;
	int64_t started_us;  /* wall clock, when the request was there */
	int64_t duration_us; /* until its last byte was handed to the kernel */
	int64_t bytes;	     /* of the body that were sent */
	bool cut;	     /* the client left, or was too slow, before the end */
};

#endif
