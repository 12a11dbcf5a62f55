/*
 * A request as the routes see it: nothing of HTTP's framing, nothing of libwebsockets.
 * All texts are the server's and live until the answer has been made.
 */
#ifndef LOGD_REQUEST_H
#define LOGD_REQUEST_H

#include <stddef.h>

#define REQUEST_ARGUMENTS_MAX 16 /* of a query; more are refused */
#define REQUEST_PATH_SIZE 1024	 /* bytes of a decoded path; a longer one is refused */
#define REQUEST_QUERY_SIZE 2048	 /* bytes of a decoded query; a longer one is refused */
#define REQUEST_CAPTURES_MAX 2	 /* {parts} of a path pattern */
#define REQUEST_CAPTURE_SIZE 64	 /* bytes of such a part; a longer one matches nothing */

struct request_argument {
	const char *name, *value;
};

struct request {
	const char *method; /* "GET"; HEAD is asked as GET */
	const char *path;   /* decoded, without the query */
	const char *host, *origin, *if_none_match; /* NULL where the header is missing */
	struct request_argument arguments[REQUEST_ARGUMENTS_MAX];
	size_t argument_count;
	char captures[REQUEST_CAPTURES_MAX][REQUEST_CAPTURE_SIZE]; /* filled by the route */
};

#endif
