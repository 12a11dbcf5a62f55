/*
 * The REST interface without its transport: a path and a query in, a status and a body out.
 */
#ifndef MARKETSIM_REST_H
#define MARKETSIM_REST_H

#include "marketsim/body.h"
#include "marketsim/trade_source.h"
#include "marketsim/weights.h"

struct rest {
	struct trade_source source;
	struct weights weights;
};

struct rest_answer {
	int status;
	int used_weight;
	int retry_after_s; /* 0: no such header */
	struct body body;  /* to be freed by the caller */
};

/* `wall_us` is the time by which minutes of weight are counted. */
void
rest_answer(struct rest *rest, const char *path, const char *query, const char *address,
    int64_t wall_us, struct rest_answer *ret);

#endif
