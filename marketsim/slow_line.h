/*
 * A line that carries only so many bytes a second: what a connection may be sent now.
 */
#ifndef MARKETSIM_SLOW_LINE_H
#define MARKETSIM_SLOW_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slow_line {
	int64_t bytes_per_second; /* 0: no limit */
	int64_t credit_bytes;	  /* may fall below 0 by one frame, which then has to be waited for */
	int64_t counted_us;	  /* up to when the credit is counted */
};

void
slow_line_init(struct slow_line *line, int64_t bytes_per_second, int64_t now_us);

/* Counts up to `now_us` (monotonic).  True: something may be sent. */
bool
slow_line_ready(struct slow_line *line, int64_t now_us);

void
slow_line_take(struct slow_line *line, size_t bytes);

#endif
