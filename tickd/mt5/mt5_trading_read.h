/* What becomes of the account: `account`, `positions`, `closed` and `result`.  Pure. */
#ifndef TICKD_MT5_TRADING_READ_H
#define TICKD_MT5_TRADING_READ_H

#include "tickd/mt5/mt5_fields.h"
#include "tickd/mt5/mt5_message.h"

/* False with the sentence. */
bool
mt5_account_read(const struct mt5_part *message, struct mt5_account *ret);
bool
mt5_closed_read(const struct mt5_part *message, struct mt5_closed *ret);
bool
mt5_result_read(const struct mt5_part *message, struct mt5_result *ret);

/*
 * The positions are written to *positions in the order of their tickets, grown to what they need
 * (*room).  0; -EINVAL with the sentence; -ENOMEM.
 */
__attribute__((warn_unused_result)) int
mt5_positions_read(const struct mt5_part *message, struct mt5_positions *ret,
    struct mt5_position **positions, size_t *room);

#endif
