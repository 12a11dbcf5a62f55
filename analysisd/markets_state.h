/*
 * What the parts of markets.c share: symbols and changes are looked at, bars are analysed when
 * somebody asks, old rows are deleted, each in a file of its own.
 */
#ifndef ANALYSISD_MARKETS_STATE_H
#define ANALYSISD_MARKETS_STATE_H

#include "analysisd/candle_walk.h"
#include "analysisd/markets.h"

struct markets {
	struct market_reader *reader;
	struct database *analysis_db;
	struct results *results;
	struct facts *facts;
	struct offsets_reader *offsets;
	struct trading_hours_reader *hours;
	const struct settings *settings; /* NULL: nothing is paired */
	struct json_text json;
	struct market_table table;
	size_t old_turn; /* whose old results are deleted next */
	size_t compared; /* symbols of the table that are known to be made as they should be */
	struct market_changes_kept kept;
	int64_t changes_seq; /* read up to here; TICK_NONE before the first time */
	int error;	     /* of a callback */
	market_change_callback *changed; /* NULL: nobody is told */
	void *changed_context;
};

/* What all walks share. */
struct walk_tools
markets_tools(struct markets *markets);

/* The sentence of a failure: whose database refused. */
int
markets_say(struct markets *markets, int error, struct problem *problem);

/*
 * Reads symbols, clocks and changes, and tells each walk.  Returns 0 or -errno: whoever called says
 * so.
 */
__attribute__((warn_unused_result)) int
markets_look(struct markets *markets);

#endif
