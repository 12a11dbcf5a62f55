/*
 * The REST interface without its transport: a path and a query in, a status and a body out.
 */
#ifndef MARKETSIM_REST_H
#define MARKETSIM_REST_H

#include "marketsim/bans.h"
#include "marketsim/body.h"
#include "marketsim/rest_faults.h"
#include "marketsim/trade_source.h"
#include "marketsim/weights.h"

#define REST_CALLS 7	  /* paths that are answered */
#define REST_STATUSES 600 /* of HTTP */

/* What was asked and answered so far: for the report. */
struct rest_tally {
	int64_t calls[REST_CALLS + 1]; /* by path; the last: all others */
	int64_t statuses[REST_STATUSES];
	int64_t cut;	     /* not answered, or not wholly, on purpose */
	int64_t over_weight; /* calls that were one too many for the minute */
	int weight_most;     /* used in any one minute */
};

struct rest {
	struct trade_source source;
	struct rest_options faults;
	uint64_t seed;
	struct weights weights;
	struct bans bans;
	struct rest_tally tally;
	int64_t ordinal; /* of the next call that no ban refuses */
};

struct rest_answer {
	int status;
	int used_weight;
	int retry_after_s; /* 0: no such header */
	bool is_html;	   /* what stands before the exchange has answered, not the exchange */
	enum rest_fate fate; /* FATE_CUT and FATE_CUT_SHORT are the transport's to carry out */
	struct body body;  /* to be freed by the caller */
};

/* `wall_us` is the time by which minutes of weight and seconds of a ban are counted. */
void
rest_answer(struct rest *rest, const char *path, const char *query, const char *address,
    int64_t wall_us, struct rest_answer *ret);

/* Adds "rest":{...} as JSON. */
void
rest_add_tally(const struct rest *rest, struct body *body);

#endif
