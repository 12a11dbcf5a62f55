/*
 * What every analysis is: a function from the state of one symbol, at the close of a bar, to a JSON
 * object and a confidence.  analyses.h lists them all.
 */
#ifndef ANALYSISD_ANALYSES_ANALYSIS_H
#define ANALYSISD_ANALYSES_ANALYSIS_H

#include <stdbool.h>

#include "analysisd/candle_ticks.h"
#include "analysisd/flow.h"
#include "analysisd/json_text.h"
#include "analysisd/market_state.h"
#include "analysisd/structure.h"

struct offsets;       /* offsets.h */
struct trading_hours; /* trading_hours.h */

/* Everything that an analysis may look at; nothing else, so that it can be computed again. */
struct analysis_input {
	const struct market_state *state;
	const struct frame_state *frame; /* whose newest bar has just closed */
	const struct structure *structure; /* of that frame */
	/* only where the frame is M5: */
	const struct candle_ticks *ticks; /* of the bar's slot; empty where none is stored */
	const struct spread_figures *spread; /* of these ticks */
	const struct flow *flow;	  /* up to the bar's end; see flow_pressure() */
	const struct offsets *offsets;	  /* NULL: the symbol is not paired */
	const struct trading_hours *hours; /* NULL: nobody said them */
};

struct analysis {
	const char *type;    /* analysis_results.analysis_type */
	unsigned timeframes; /* at whose bars' close: bits 1 << enum timeframe */
	/*
	 * Frames of other timeframes that it looks at as well, as such bits: what a change reaches is
	 * known by them.  Of the state, the day's VWAP and the coverage need not be named.
	 */
	unsigned looks_at;
	bool reads_ticks; /* of the input ticks, spread and flow: it cannot be made without them */
	bool reads_pair;  /* offsets, and with them ticks of another symbol */
	bool (*applies)(const struct analysis_input *input); /* NULL: always */
	/* Writes the whole object and returns the confidence, 0..1; NAN where it cannot be said. */
	double (*write)(struct json_text *json, const struct analysis_input *input);
};

#endif
