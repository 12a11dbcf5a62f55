/*
 * One M5 slot of one symbol, read in one snapshot: its ticks, its candle and what lies around it.
 * The writer may work meanwhile: what a snapshot shows must fit together.
 */
#ifndef TRADINGCTL_VERIFY_SLOT_H
#define TRADINGCTL_VERIFY_SLOT_H

#include "common/database.h"
#include "tradingctl/findings.h"
#include "tradingctl/symbols.h"

struct slot_reader;

/*
 * Candles older than candles_kept_us may have been deleted (0: none); `symbol` is borrowed.
 * Returns 0 or -errno (database_error() has the words).
 */
__attribute__((warn_unused_result)) int
slot_reader_open(struct slot_reader **ret, struct database *db, const struct symbol_row *symbol,
    int64_t candles_kept_us);

void
slot_reader_close(struct slot_reader *reader);

/*
 * Checks the candle of the slot at open_us against its ticks and adds what is wrong to findings.
 * Returns 0 or -errno.
 */
__attribute__((warn_unused_result)) int
slot_reader_check(struct slot_reader *reader, int64_t open_us, struct findings *findings);

#endif
