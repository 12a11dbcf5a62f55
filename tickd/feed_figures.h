/* What a feed counts and shows: frames, rates, the newest of each symbol, the exchange's clock. */
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
	int64_t sampled_us;	  /* one event's time by the exchange, looked at now and then, */
	int64_t sampled_wall_us;  /* and our wall clock at that moment */
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

/* What the exchange's clock and ours said at the same moment. */
void
feed_figures_clocks(struct feed_figures *figures, int64_t event_us, int64_t wall_us);

/* To be called about once a second: the rates. */
void
feed_figures_second(struct feed_figures *figures, int64_t now_monotonic_us);

/* The feed's entry of status.json: a new reference, NULL when out of memory. */
json_t *
feed_figures_json(const struct feed_figures *figures, const char *name, const char *source,
    const char *state);

#endif
