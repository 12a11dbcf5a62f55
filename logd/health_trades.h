/*
 * The trades under DTMS's watch: whether decisions are made on them.
 */
#ifndef LOGD_HEALTH_TRADES_H
#define LOGD_HEALTH_TRADES_H

#include <jansson.h>

#include "logd/readers.h"

/* Newer ticks of the source than this, by our clock, and its trades are decided on. */
#define HEALTH_TRADES_STALE_US INT64_C(600000000)

/*
 * Adds "dtms" to `components`: ok unless a trade is stale, for DTMS says so itself or the clock of
 * its source stands still; none is whose symbol is "quiet" in `components`, for then its market is
 * closed.  "off" is a status, and somebody's wish: ok.  While analysisd has made no database nothing
 * is added.
 */
void
health_trades_measure(json_t *components, struct readers *readers);

#endif
