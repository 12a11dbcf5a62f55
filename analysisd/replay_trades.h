/*
 * The part of a replay that is about trades: see replay.h.
 */
#ifndef ANALYSISD_REPLAY_TRADES_H
#define ANALYSISD_REPLAY_TRADES_H

#include "analysisd/dtms/dtms.h"

/*
 * Decides the instants of all sources up to to_us into tools->analysis_db, which has nothing of DTMS
 * yet; tools->table says how far the clocks go.  `live` is analysis_data.db, only read; NULL where
 * there is none.  What was decided up to from_us is deleted again at the end.
 */
__attribute__((warn_unused_result)) int
replay_trades(const struct dtms_tools *tools, struct database *live, int64_t from_us,
    int64_t to_us, struct problem *problem);

#endif
