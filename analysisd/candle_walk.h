/*
 * A way through one symbol's closed candles: each is pushed into the state, and what closes with it
 * is analysed, in order, once, in every timeframe.  It knows nothing of why it stands where it
 * stands: see symbol_walk.
 */
#ifndef ANALYSISD_CANDLE_WALK_H
#define ANALYSISD_CANDLE_WALK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analysisd/bar_results.h"
#include "analysisd/market_state.h"
#include "analysisd/slot_ticks.h"

#define CANDLE_WALK_PAGE 64 /* candles read and analysed at a time */

struct candle_walk {
	int64_t next_us;    /* every candle of the way before this is analysed */
	int64_t changed_us; /* candles up to here may have changed; INT64_MAX: all of them */
	bool seeded;	    /* `state` holds the loaded bars before next_us */
	struct slot_ticks ticks; /* of the candle at next_us, as far as they are read */
	struct market_state state;
};

/* What a step has done. */
struct walk_done {
	int64_t candles; /* analysed, in M5 */
	int64_t rows;	 /* that are new in analysis_results */
};

enum candle_walk_result {
	CANDLE_WALK_DONE, /* no candle before before_us is left */
	CANDLE_WALK_MORE,
	CANDLE_WALK_PAST  /* what follows does not depend on anything up to changed_us */
};

/* NULL: no memory.  It is half a megabyte. */
struct candle_walk *
candle_walk_create(void);

void
candle_walk_free(struct candle_walk *walk);

void
candle_walk_stand(struct candle_walk *walk, int64_t next_us);

/*
 * Analyses at most CANDLE_WALK_PAGE candles that open before before_us, and stops early at
 * deadline_us (monotonic), in the midst of a candle's ticks as well.  A bar of a timeframe that
 * cannot depend on what changed is not analysed, and where that is M5 no ticks are read.  Adds to
 * *done.  Returns an enum candle_walk_result or -errno.
 */
__attribute__((warn_unused_result)) int
candle_walk_step(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us,
    struct walk_done *done);

/*
 * Works ahead of the candle that is to close next: after a midnight the indicators are seeded, and
 * the ticks before before_us of the slot that this lies in are read, so that little is left at its
 * close.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
candle_walk_read_ahead(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us);

/*
 * Analyses one closed bar afresh: stores rows that are missing or differ, and adds each result to
 * *answer under its type.  The walk stands nowhere afterwards.  Adds to *done.  Returns 1, 0 when
 * there is no such bar, -errno.
 */
__attribute__((warn_unused_result)) int
candle_walk_analyse(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, enum timeframe timeframe, int64_t time_us, json_t *answer,
    struct walk_done *done);

#endif
