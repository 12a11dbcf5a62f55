/* `ticks`, where the scanner left them (mt5_scan.h), and `bars`.  Pure. */
#ifndef TICKD_MT5_PRICES_READ_H
#define TICKD_MT5_PRICES_READ_H

#include "tickd/mt5/mt5_fields.h"
#include "tickd/mt5/mt5_message.h"

/*
 * Their elements are written to *ticks or *bars, grown to what they need (*room).  0; -EINVAL with
 * the sentence; -ENOMEM.
 */
__attribute__((warn_unused_result)) int
mt5_ticks_read(const struct mt5_part *message, struct mt5_ticks *ret, struct mt5_tick **ticks,
    size_t *room);

__attribute__((warn_unused_result)) int
mt5_bars_read(const struct mt5_part *message, struct mt5_bars *ret, struct mt5_bar **bars,
    size_t *room);

#endif
