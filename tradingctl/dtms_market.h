/*
 * What the ticks say of trades under watch: the clock of their source, the price at which each
 * would be closed, and how long its timers still run on that clock.
 */
#ifndef TRADINGCTL_DTMS_MARKET_H
#define TRADINGCTL_DTMS_MARKET_H

#include <jansson.h>
#include <stdint.h>

#include "common/settings.h"

#define DTMS_MARKET_STALE_US INT64_C(600000000) /* a source's clock, by ours */

/*
 * Adds to each source "clock" and "clock_us": the newest exchange time of its symbols, or, where no
 * tick is stored, its "next" (up to where it is decided); and to each open trade "price" (the bid
 * for BUY, the ask for SELL, the last price where there are no quotes; null without ticks),
 * "flat_left_s" and "recovery_left_s" (below 0: over; null: not started).  A trade whose source's
 * clock is older than DTMS_MARKET_STALE_US by ours becomes "stale".  The arrays are those of
 * dtms_rows.h.  Returns 0, or the exit status with the sentence said; that there is no tick
 * database is no fault.
 */
__attribute__((warn_unused_result)) int
dtms_market_add(const struct settings *settings, json_t *sources, json_t *trades);

#endif
