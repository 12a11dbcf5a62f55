/*
 * What changed between two reports of open positions.  Pure.
 *
 * A position that a complete report does not name is closed; an incomplete one closes nothing.
 * Profit and current price are no change; volume, stop loss, take profit and comment are, and side
 * and opening price of a netted position.
 */
#ifndef TICKD_MT5_POSITIONS_H
#define TICKD_MT5_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tickd/mt5/mt5_message.h"

enum mt5_change_kind { MT5_OPENED, MT5_CHANGED, MT5_GONE };

/* Called in the order of the tickets; `old` is NULL of an opened one, `now` of one that is gone. */
typedef int mt5_change_callback(void *context, enum mt5_change_kind kind,
    const struct mt5_position *old, const struct mt5_position *now);

/* Both sorted by ticket, without doubles.  What the callback returns other than 0 ends it. */
__attribute__((warn_unused_result)) int
mt5_positions_compare(const struct mt5_position *old, size_t old_count,
    const struct mt5_position *now, size_t now_count, bool complete,
    mt5_change_callback *callback, void *context);

#endif
