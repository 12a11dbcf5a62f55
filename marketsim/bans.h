/*
 * Who has been told to stay away, until when, and whether he did: the back-off that a 429 asks
 * for, the ban of a 418, and every call that came too early.
 */
#ifndef MARKETSIM_BANS_H
#define MARKETSIM_BANS_H

#include <stdbool.h>
#include <stdint.h>

#include "marketsim/body.h"
#include "marketsim/weights.h"

#define BANS_MAX 1024 /* kept for the report; the oldest are forgotten */

struct ban {
	char address[WEIGHT_ADDRESS_SIZE];
	int status; /* 429; 418 from the beginning or since a call came too early */
	int64_t begun_us, until_us; /* wall clock */
	int64_t early;		    /* calls before it was over */
	int64_t early_left_us;	    /* by how much the earliest of them was too early */
	int64_t resumed_us;	    /* the first call after it; 0: none yet */
};

struct bans {
	int64_t count; /* ever */
	int64_t early; /* calls, over all of them */
	struct ban items[BANS_MAX];
};

void
bans_begin(struct bans *bans, const char *address, int status, int64_t now_us, int64_t until_us);

/*
 * A call at `now_us`.  True: a ban runs, the call is one too early and *ret_left_us is what is
 * left.  The first such call during a 429 makes it a 418 of at least `more_us` from now on.
 */
bool
bans_refuse(struct bans *bans, const char *address, int64_t now_us, int64_t more_us,
    int64_t *ret_left_us);

/* Adds "early_calls":N,"bans":[...] as JSON. */
void
bans_add(const struct bans *bans, struct body *body);

#endif
