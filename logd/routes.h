/*
 * Which function answers which path: one table.
 */
#ifndef LOGD_ROUTES_H
#define LOGD_ROUTES_H

#include <stddef.h>

#include "logd/answer.h"
#include "logd/api.h"
#include "logd/request.h"

struct route {
	const char *method;
	const char *pattern; /* "/api/v1/ticks/{symbol}": a {part} holds anything but a slash */
	void (*handle)(struct api *api, const struct request *request, struct answer *answer);
};

extern const struct route routes_table[];
extern const size_t routes_count;

/*
 * The route of request->method and ->path, with request->captures filled.  NULL where there is
 * none: then *ret_allow is the list of methods that the path has ("GET, HEAD"), NULL if the path
 * itself is unknown.
 */
const struct route *
routes_find(struct request *request, const char **ret_allow);

/* Answers: the route's answer, or the error that the request deserves. */
void
routes_answer(struct api *api, struct request *request, struct answer *answer);

#endif
