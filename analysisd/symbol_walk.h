/*
 * One symbol's way through its closed candles: each is pushed into the state and analysed, in
 * order, once; and again, with all that depends on it, when it changes.
 *
 * "Depends" follows the seeding rule: a changed candle reaches the rest of its UTC day and the
 * days whose seed of MARKET_SEED_BARS bars holds it.  After these the walk goes on where it was.
 */
#ifndef ANALYSISD_SYMBOL_WALK_H
#define ANALYSISD_SYMBOL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/candle_ticks.h"
#include "analysisd/json_text.h"
#include "analysisd/market_reader.h"
#include "analysisd/market_state.h"
#include "analysisd/results.h"

#define SYMBOL_WALK_PAGE 64 /* candles read and analysed at a time */

/* What all walks of a program share; borrowed. */
struct walk_tools {
	struct market_reader *reader;
	struct results *results;
	struct candle_ticks *ticks; /* of the one candle that is being read */
	struct json_text *json;
};

struct symbol_walk {
	int64_t symbol_id;
	char *source, *symbol;
	struct progress progress; /* next_us is where the walk stands; as it would be stored */
	int64_t first_candle_us;  /* as last read; TICK_NONE: no candle yet */
	bool seeded;		  /* `state` holds the loaded bars before next_us */
	bool reading_ticks;	  /* of the candle at next_us, up to (tick_us, tick_id) */
	int64_t tick_us, tick_id;
	int64_t redo_until_us;	  /* TICK_NONE, or where the walk stood before it was sent back */
	int64_t changed_until_us; /* (while sent back) the newest change */
	int64_t drained_us;	  /* slots before this have no candle that is not analysed */
	struct market_state state;
};

/* A candle that opens before this is over when the source's clock shows clock_us. */
int64_t
symbol_walk_closed_before(int64_t clock_us);

/* `progress` is what is stored, or NULL for a symbol that was never analysed.  NULL: no memory. */
struct symbol_walk *
symbol_walk_create(const struct market_symbol *symbol, const struct progress *progress);

void
symbol_walk_free(struct symbol_walk *walk);

/* Sends the walk back to the beginning: what changed since is not known. */
void
symbol_walk_restart(struct symbol_walk *walk);

/* Tells of a candle older than all before: history that came after the first ticks. */
void
symbol_walk_set_first(struct symbol_walk *walk, int64_t first_candle_us);

/* Tells how far candles reach that tickd fills in behind its ticks, in pieces, oldest first. */
void
symbol_walk_set_history(struct symbol_walk *walk, int64_t history_until_us);

/* Candles or ticks of from_us..to_us are not what they were. */
void
symbol_walk_change(struct symbol_walk *walk, int64_t from_us, int64_t to_us);

/* True when a slot may have ended that was not looked at yet. */
bool
symbol_walk_due(const struct symbol_walk *walk, int64_t clock_us);

/*
 * Analyses at most SYMBOL_WALK_PAGE candles, and stops early at deadline_us (monotonic), in the
 * midst of a candle's ticks as well: then it must be called next, before another symbol's walk.
 * Returns 1 when there is more to do, 0 when not, -errno.
 */
__attribute__((warn_unused_result)) int
symbol_walk_step(struct symbol_walk *walk, const struct walk_tools *tools, int64_t clock_us,
    int64_t deadline_us);

#endif
