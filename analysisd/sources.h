/*
 * The sources of the symbols: the clock of each, and from where on its candles are analysed.
 *
 * The clock is the newest exchange time of all symbols of the source.  Where results are kept for
 * a time only, that time is counted back from the source's newest candle, never from our clock; and
 * only for sources that a feed brings: what was imported under a name of its own stays.
 */
#ifndef ANALYSISD_SOURCES_H
#define ANALYSISD_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long results are kept. */
struct sources_keep {
	int64_t results_us;	 /* 0: for ever */
	const char *live_source; /* that a feed brings; borrowed */
};

struct source {
	char *name;
	bool live;
	int64_t clock_us; /* TICK_NONE before the first tick */
};

struct sources {
	struct sources_keep keep;
	struct source *all;
	size_t count;
};

void
sources_init(struct sources *sources, const struct sources_keep *keep);

void
sources_finish(struct sources *sources);

/* The number of the source of that name, made where it is new.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
sources_find(struct sources *sources, const char *name, size_t *ret);

/* A symbol of the source has a tick of that time; TICK_NONE: none yet. */
void
sources_tell(struct sources *sources, size_t source, int64_t newest_us);

int64_t
sources_clock(const struct sources *sources, size_t source);

/* Candles that open before this are too old to be analysed; INT64_MIN: none is. */
int64_t
sources_floor(const struct sources *sources, size_t source);

#endif
