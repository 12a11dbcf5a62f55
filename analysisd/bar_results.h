/*
 * What is said at the close of one bar: the facts of its structure, and what each analysis makes of
 * it, stored.
 */
#ifndef ANALYSISD_BAR_RESULTS_H
#define ANALYSISD_BAR_RESULTS_H

#include <jansson.h>
#include <stdint.h>

#include "analysisd/facts.h"
#include "analysisd/json_text.h"
#include "analysisd/market_reader.h"
#include "analysisd/market_state.h"
#include "analysisd/offsets_reader.h"
#include "analysisd/results.h"
#include "analysisd/slot_ticks.h"
#include "analysisd/trading_hours_reader.h"
#include "common/settings.h"

/* What all walks of a program share; borrowed. */
struct walk_tools {
	struct market_reader *reader;
	struct results *results;
	struct facts *facts;
	struct json_text *json;
	struct offsets_reader *offsets;	 /* this and ... */
	const struct settings *settings; /* ... these may be NULL: nothing is paired */
	struct trading_hours_reader *hours; /* NULL: nobody says when anything is traded */
};

/* Whose candles; borrowed. */
struct walk_subject {
	int64_t symbol_id;
	const char *source, *symbol;
	int64_t floor_us;      /* bars that open before this are not stored */
	int64_t ticks_from_us; /* ticks before this are not stored; TICK_NONE: not known */
	int64_t frozen_us;     /* ticks before this were deleted; TICK_NONE: none were */
};

/* One bar; all borrowed. */
struct closed_bar {
	const struct walk_subject *subject;
	const struct walk_tools *tools;
	const struct market_state *state; /* in which it is the newest of its timeframe */
	enum timeframe timeframe;
	const struct slot_ticks *ticks; /* these two only in M5 */
	const struct spread_figures *spread;
	int64_t changed_us; /* what cannot depend on anything up to here is left as it is */
	json_t *answer;	    /* takes each result under its type; or NULL */
};

/*
 * What is said of ticks that are deleted by now is not said anew while the bar is the same: what
 * was stored when they were there stays.
 *
 * Adds to *rows by how many analysis_results has grown: a bar that changed may as well lose a row.
 * Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
bar_results_write(const struct closed_bar *closed, int64_t *rows);

#endif
