/* What a feed counts and shows: frames, rates, the newest of each symbol. */
#ifndef TICKD_FEED_FIGURES_H
#define TICKD_FEED_FIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "common/tick.h"

struct symbol_figures {
	int64_t ticks, ticks_before; /* received; and at the last look */
	double per_second;	     /* smoothed over about ten seconds */
	bool silent;		     /* against its own usual rate */
	struct tick newest;
};

struct feed_figures {
	int64_t frames, malformed, unknown, oversize, foreign, reconnects, rotations;
	int64_t ticks, ticks_before;
	double per_second;
	int64_t newest_us;	  /* exchange time of the newest trade, 0 before the first */
	int64_t looked_us;	  /* monotonic */
	const struct string_list *names;
	struct symbol_figures symbols[];
};

/* The names are borrowed.  NULL: out of memory. */
struct feed_figures *
feed_figures_create(const struct string_list *symbols);

void
feed_figures_free(struct feed_figures *figures);

/* A trade was handed on. */
void
feed_figures_trade(struct feed_figures *figures, const struct tick *tick);

/* To be called about once a second: the rates. */
void
feed_figures_second(struct feed_figures *figures, int64_t now_monotonic_us);

/* The feed's entry of status.json: a new reference, NULL when out of memory. */
json_t *
feed_figures_json(const struct feed_figures *figures, const char *name, const char *source,
    const char *state);

#endif
