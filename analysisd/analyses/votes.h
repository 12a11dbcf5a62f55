/*
 * How single figures become a verdict that explains itself: each votes up (+1), down (-1) or
 * neither (0), or not at all where it is not defined (NAN).  Pure.
 */
#ifndef ANALYSISD_ANALYSES_VOTES_H
#define ANALYSISD_ANALYSES_VOTES_H

#include <stdbool.h>

#include "analysisd/json_text.h"

#define VOTES_MAX 8
#define VOTES_EQUAL 1e-9 /* of a value: two that differ by less differ by rounding */

struct votes {
	int count;
	struct vote {
		const char *name;
		double value;
	} votes[VOTES_MAX];
};

struct verdict {
	bool known;    /* at least half of the votes are defined; all below is 0 or NAN otherwise */
	int direction; /* +1: the mean of the defined votes is 1/3 or more; -1: -1/3 or less; 0 */
	double strength;  /* that mean without its sign, 0..1 */
	double agreement; /* the share of all votes, defined or not, that are `direction`, 0..1 */
};

/* +1 above `slack`, -1 below -slack, else 0; NAN for NAN. */
double
vote_sign(double value, double slack);

/* Whether a is above b; equal within VOTES_EQUAL of b is 0. */
double
vote_compare(double a, double b);

/* The name is borrowed. */
void
votes_add(struct votes *votes, const char *name, double vote);

struct verdict
votes_count(const struct votes *votes);

/* "votes": by name 1, 0, -1 or null, in the order in which they were added. */
void
votes_write(struct json_text *json, const struct votes *votes);

#endif
