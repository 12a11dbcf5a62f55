/* The exchange's own candles, from the answer to /api/v3/klines.  Pure. */
#ifndef TICKD_KLINES_H
#define TICKD_KLINES_H

#include <stddef.h>

#include "common/candle.h"

#define KLINES_MAX 1000 /* rows an answer has at the most */

/*
 * Reads the rows with trades in slots from_us <= open < until_us, in order; empty slots (n = 0)
 * are passed over.  *ret_rows is the number of rows in the answer, *ret_last_us the slot of its
 * last one.  Returns how many candles were written, or -EINVAL for anything that is no such answer.
 */
__attribute__((warn_unused_result)) int
klines_parse(const char *body, size_t length, int64_t from_us, int64_t until_us,
    struct candle candles[static KLINES_MAX], size_t *ret_rows, int64_t *ret_last_us);

#endif
