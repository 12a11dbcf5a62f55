/*
 * What the exchange may do to a REST call, on purpose: each call has its own draw, by the seed
 * and by how many calls came before it.
 */
#ifndef MARKETSIM_REST_FAULTS_H
#define MARKETSIM_REST_FAULTS_H

#include "marketsim/body.h"

#define RETRY_AFTER_S 5 /* of a 429 or 418 that no weight explains, unless told otherwise */

struct rest_options {
	int64_t every_429, every_418; /* each so-manieth call is refused; 0: none is */
	int64_t retry_after_s;
	int64_t lag_us;	  /* trades and klines are known only up to so long ago */
	int64_t delay_us; /* before an answer */
	double error, malformed; /* probabilities a call */
};

enum rest_fate {
	FATE_ANSWERED,
	FATE_429,
	FATE_418,
	FATE_500,
	FATE_502,
	FATE_CUT,      /* the connection ends without an answer */
	FATE_CUT_SHORT, /* or within it */
	FATE_MALFORMED,
};

/* What becomes of a call; `ordinal` is 0 for the first. */
enum rest_fate
rest_fate(const struct rest_options *options, uint64_t seed, int64_t ordinal);

/* Makes a body that is no answer by any reading out of a good one. */
void
rest_spoil(struct body *body, uint64_t seed, int64_t ordinal);

#endif
