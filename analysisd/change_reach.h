/*
 * How far a change of candles reaches (dtms.md, "Same when run again"), in each timeframe by
 * itself: a bar depends on the bars that its state is seeded with, on its day's, and on nothing
 * else.  Pure.
 *
 * The state stands at the bar in question; changed_us is the newest moment that may have changed.
 */
#ifndef ANALYSISD_CHANGE_REACH_H
#define ANALYSISD_CHANGE_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/analyses/analysis.h"
#include "analysisd/market_state.h"

/* True when the newest bar of the timeframe may depend on the change. */
bool
change_reaches_frame(const struct market_state *state, enum timeframe timeframe,
    int64_t changed_us);

/* The same of what an analysis of that timeframe says: it may look at other frames as well. */
bool
change_reaches_analysis(const struct market_state *state, const struct analysis *analysis,
    enum timeframe timeframe, int64_t changed_us);

/* Of anything that is said at the close of a bar of the timeframe. */
bool
change_reaches_close(const struct market_state *state, enum timeframe timeframe,
    int64_t changed_us);

/* Of any timeframe. */
bool
change_reaches_any(const struct market_state *state, int64_t changed_us);

#endif
