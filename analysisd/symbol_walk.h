/*
 * One symbol's closed candles, analysed as they close, and again with all that depends on them
 * when they change.
 *
 * "Depends" follows the seeding rule, in each timeframe by itself: a changed candle reaches the
 * rest of its UTC day and the days whose seed of FRAME_SEED_BARS bars holds it: two in M5, a year
 * and more in D1.
 *
 * Two walks do this: the front takes what closes; the second goes over what changed, from the
 * oldest change on, until nothing depends on it or it meets the front.  What changes behind the
 * second meanwhile waits for its next way, and between two ways it rests: a backfill that changes
 * a week's candles in thousands of pieces costs a part of the time, and keeps no new candle
 * waiting.  What the front finds in the meantime is found again by the second, which takes the
 * front's place when they meet.
 */
#ifndef ANALYSISD_SYMBOL_WALK_H
#define ANALYSISD_SYMBOL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/candle_walk.h"

#define SYMBOL_WALK_AHEAD_US INT64_C(1000000) /* of the source's clock, between readings ahead */
#define SYMBOL_WALK_REST 9 /* times as long as the second walk's way took, but at the most ... */
#define SYMBOL_WALK_REST_MAX_US 30000000

struct symbol_walk {
	int64_t symbol_id;
	char *source, *symbol;
	struct progress progress; /* next_us as of the last step; see symbol_walk_next() */
	int64_t first_candle_us;  /* as last read; TICK_NONE: no candle yet */
	int64_t floor_us;	  /* candles before this are not analysed */
	int64_t ticks_from_us;	  /* ticks before this are not stored; TICK_NONE: not known */
	int64_t frozen_us;	  /* ticks before this were deleted; TICK_NONE: none were */
	int64_t read_ahead_us;	  /* the ticks of the slot that forms are read up to here */
	int64_t drained_us;	  /* slots before this have no candle for the front */
	int64_t analysed;	  /* candles, each as often as it was */
	struct candle_walk *front;
	struct candle_walk *second; /* NULL unless it is on its way */
	int64_t change_us, change_until_us; /* what waits for its next way; TICK_NONE: nothing */
	int64_t way_us, rested_us; /* how long this way has taken; (monotonic) when it may begin */
};

/* Higher goes first. */
enum symbol_walk_need {
	SYMBOL_WALK_NOTHING,
	SYMBOL_WALK_RESTS, /* what changed has to wait */
	SYMBOL_WALK_BEHIND, /* history, and what changed */
	SYMBOL_WALK_LIVE    /* a candle has closed just now */
};

/* A candle that opens before this is over when the source's clock shows clock_us. */
int64_t
symbol_walk_closed_before(int64_t clock_us);

/* `progress` is what is stored, or NULL for a symbol that was never analysed.  NULL: no memory. */
struct symbol_walk *
symbol_walk_create(const struct market_symbol *symbol, const struct progress *progress);

void
symbol_walk_free(struct symbol_walk *walk);

/* Everything again: what changed since is not known. */
void
symbol_walk_restart(struct symbol_walk *walk);

/* Candles that open before floor_us are not analysed (any more). */
void
symbol_walk_set_floor(struct symbol_walk *walk, int64_t floor_us);

/* Tells of the oldest candle there is; one older than before is history that came late. */
void
symbol_walk_set_first(struct symbol_walk *walk, int64_t first_candle_us);

/* Tells how far candles reach that tickd fills in behind its ticks, in pieces, oldest first. */
void
symbol_walk_set_history(struct symbol_walk *walk, int64_t history_until_us);

/* Tells where the stored ticks begin, and before what they were deleted. */
void
symbol_walk_set_ticks(struct symbol_walk *walk, int64_t ticks_from_us, int64_t frozen_us);

/* Candles or ticks of from_us..to_us are not what they were. */
void
symbol_walk_change(struct symbol_walk *walk, int64_t from_us, int64_t to_us);

enum symbol_walk_need
symbol_walk_need(const struct symbol_walk *walk, int64_t clock_us, int64_t now_us);

/* Everything before this is analysed as it is. */
int64_t
symbol_walk_next(const struct symbol_walk *walk);

/*
 * Does what is needed most, at most CANDLE_WALK_PAGE candles, until deadline_us (monotonic), and
 * writes the progress.  Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
symbol_walk_step(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us);

/*
 * Reads the ticks of the slot that forms, up to a second before clock_us; nothing where that was
 * done less than SYMBOL_WALK_AHEAD_US ago, or a candle is still to be analysed.  Returns 0 or
 * -errno.
 */
__attribute__((warn_unused_result)) int
symbol_walk_read_ahead(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us);

/*
 * Analyses one bar, which has closed: see candle_walk_analyse().  Writes the progress.  Returns 1,
 * 0 without such a bar, -errno.
 */
__attribute__((warn_unused_result)) int
symbol_walk_analyse(struct symbol_walk *walk, const struct walk_tools *tools,
    enum timeframe timeframe, int64_t time_us, json_t *answer);

/* Writes the progress as it is. */
__attribute__((warn_unused_result)) int
symbol_walk_write_progress(struct symbol_walk *walk, struct results *results);

#endif
