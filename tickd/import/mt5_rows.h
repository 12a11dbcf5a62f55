/*
 * The lines of a MetaTrader 5 terminal's "Export ticks" -> ticks.  Pure.
 *
 * <DATE> <TIME> <BID> <ASK> <LAST> <VOLUME> <FLAGS>, separated by tabs; what is blank is as in the
 * row before.  A tick is known by its millisecond (of the broker's clock) and its place in it, and
 * is the row that it is when it comes live (mt5_place.h) but for TICK_IMPORTED.
 */
#ifndef TICKD_MT5_ROWS_H
#define TICKD_MT5_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/problem.h"
#include "common/tick.h"

/* What a row may leave out: beginning of a file, use mt5_rows_start(). */
struct mt5_rows {
	int64_t offset_us; /* the broker's clock is so much ahead of UTC */
	int64_t server_us; /* of the row before; TICK_NONE before the first */
	int64_t ordinal;   /* its place in its millisecond, from 0 */
	int64_t bid_e8, ask_e8, last_e8, volume_e8;
};

void
mt5_rows_start(struct mt5_rows *rows, int64_t offset_us);

bool
mt5_line_is_header(const char *line, size_t length);

/*
 * Reads one line.  Returns 1 with the tick, whose time is UTC; 0 for an empty book without a price;
 * -EINVAL with what was expected.
 */
__attribute__((warn_unused_result)) int
mt5_row(struct mt5_rows *rows, const char *line, size_t length, struct tick *ret,
    struct problem *problem);

#endif
