/*
 * All symbols' walks, the clocks of their sources, and whose turn it is.
 */
#ifndef ANALYSISD_MARKET_TABLE_H
#define ANALYSISD_MARKET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysisd/sources.h"
#include "analysisd/symbol_walk.h"
#include "common/problem.h"

struct market {
	struct symbol_walk *walk;
	size_t source;
	int64_t first_candle_us, history_until_us, ticks_from_us, frozen_us; /* as last read */
	int64_t newest_us, newest_before_us; /* of its ticks: as last read, and the time before */
};

struct market_table {
	struct sources sources;
	struct market *all;
	size_t count;
	size_t turn; /* whose walk is next */
};

struct markets_figures {
	int64_t results;	  /* rows in analysis_results */
	int64_t symbols;
	int64_t pending;	  /* symbols with closed candles not analysed (as they are) */
	int64_t analysed;	  /* candles, each as often as it was, by this struct markets */
	int64_t newest_candle_us; /* open time of the newest analysed one; TICK_NONE */
	int64_t lag_us; /* the largest, over sources, of its clock minus its newest analysed end */
};

void
market_table_init(struct market_table *table, const struct sources_keep *keep);

/* Frees the walks as well. */
void
market_table_finish(struct market_table *table);

/* Takes the walk, also when it fails.  *ret is valid until the next one.  Returns 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
market_table_add(struct market_table *table, const char *source, struct symbol_walk *walk,
    struct market **ret);

/* NULL where it is not known. */
struct market *
market_table_find(const struct market_table *table, int64_t symbol_id);

/*
 * The one symbol of that name; `source` may be NULL where no other source has it.  Returns 0;
 * -ENOENT or -EINVAL (more than one), with *problem filled.
 */
__attribute__((warn_unused_result)) int
market_table_choose(const struct market_table *table, const char *source, const char *symbol,
    struct market **ret, struct problem *problem);

/* Once all symbols have been read, and so the clocks of all sources: tells each walk. */
void
market_table_tell_walks(struct market_table *table);

/*
 * The next symbol with something to do, going round: what closes before what is to be caught up.
 * NULL without one.
 */
struct market *
market_table_next_due(struct market_table *table);

/* True when every symbol is analysed as it is: nothing waits either. */
bool
market_table_is_done(const struct market_table *table);

void
market_table_figures(const struct market_table *table, struct markets_figures *ret);

#endif
