/*
 * A way through one symbol's closed candles: each is pushed into the state and analysed, in order,
 * once.  It knows nothing of why it stands where it stands: see symbol_walk.
 */
#ifndef ANALYSISD_CANDLE_WALK_H
#define ANALYSISD_CANDLE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/candle_ticks.h"
#include "analysisd/json_text.h"
#include "analysisd/market_reader.h"
#include "analysisd/market_state.h"
#include "analysisd/results.h"

#define CANDLE_WALK_PAGE 64 /* candles read and analysed at a time */

/* What all walks of a program share; borrowed. */
struct walk_tools {
	struct market_reader *reader;
	struct results *results;
	struct candle_ticks *ticks; /* of the one candle that is being read */
	struct json_text *json;
};

/* Whose candles; borrowed. */
struct walk_subject {
	int64_t symbol_id;
	const char *source, *symbol;
};

struct candle_walk {
	int64_t next_us;      /* every candle of the way before this is analysed */
	int64_t changed_us;   /* candles up to here may have changed; INT64_MAX: all of them */
	bool seeded;	      /* `state` holds the loaded bars before next_us */
	bool reading_ticks;   /* of the candle at next_us, up to (tick_us, tick_id) */
	int64_t tick_us, tick_id;
	struct market_state state;
};

/* What a step has done. */
struct walk_done {
	int64_t candles; /* analysed */
	int64_t rows;	 /* that are new in analysis_results */
};

enum candle_walk_result {
	CANDLE_WALK_DONE, /* no candle before before_us is left */
	CANDLE_WALK_MORE,
	CANDLE_WALK_PAST  /* what follows does not depend on anything up to changed_us */
};

void
candle_walk_stand(struct candle_walk *walk, int64_t next_us);

/*
 * Analyses at most CANDLE_WALK_PAGE candles that open before before_us, and stops early at
 * deadline_us (monotonic), in the midst of a candle's ticks as well (reading_ticks): then it must
 * be called next, before anything else that uses `tools`.  Adds to *done.  Returns an enum
 * candle_walk_result or -errno.
 */
__attribute__((warn_unused_result)) int
candle_walk_step(struct candle_walk *walk, const struct walk_subject *subject,
    const struct walk_tools *tools, int64_t before_us, int64_t deadline_us,
    struct walk_done *done);

#endif
