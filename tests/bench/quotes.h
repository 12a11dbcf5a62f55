/*
 * The quotes that the benchmarks of MetaTrader 5 send and store: each symbol has one every
 * `spacing_us`, cut to milliseconds as a terminal has them.
 */
#ifndef BENCH_QUOTES_H
#define BENCH_QUOTES_H

#include <stddef.h>
#include <stdint.h>

#include "common/tick.h"

#define QUOTES_LINE_MAX (256 * 1024) /* bytes of a line with its end */
#define QUOTES_LINE_TICKS_MAX 4000   /* surely fit a line */
#define QUOTES_OFFSET_S (3 * 3600)   /* the broker's clock is so far ahead of UTC */

struct quotes {
	int64_t start_us; /* UTC, in whole milliseconds: quote 0 of each symbol */
	int64_t spacing_us;
};

/* Once, before quotes_line(). */
void
quotes_init(void);

/* Quote `n` of a symbol as tickd stores it. */
struct tick
quotes_tick(const struct quotes *quotes, int64_t n, uint32_t symbol);

/*
 * The `ticks` line of quotes first..first + count - 1 of symbol "Q<symbol>", with its newline and a
 * NUL behind it.  Returns its length.
 */
size_t
quotes_line(char line[static QUOTES_LINE_MAX], const struct quotes *quotes, int symbol, int64_t seq,
    int64_t first, int64_t count);

#endif
