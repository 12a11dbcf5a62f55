#include "marketsim/slow_line.h"

#include "common/clock.h"

#define BURST_US (CLOCK_SECOND_US / 5) /* what an idle line saves up: longer than a tick */
#define IDLE_US (60 * CLOCK_SECOND_US)	/* counted at the most: keeps products within 64 bits */

void
slow_line_init(struct slow_line *line, int64_t bytes_per_second, int64_t now_us)
{
	*line = (struct slow_line){ .bytes_per_second = bytes_per_second, .counted_us = now_us };
}

bool
slow_line_ready(struct slow_line *line, int64_t now_us)
{
	int64_t most = line->bytes_per_second * BURST_US / CLOCK_SECOND_US + 1, earned;

	if (line->bytes_per_second == 0)
		return true;
	if (now_us - line->counted_us > IDLE_US)
		line->counted_us = now_us - IDLE_US;
	earned = line->bytes_per_second * (now_us - line->counted_us) / CLOCK_SECOND_US;
	line->credit_bytes += earned;
	/* What is less than a byte stays uncounted until it is one. */
	line->counted_us += earned * CLOCK_SECOND_US / line->bytes_per_second;
	if (line->credit_bytes > most)
		line->credit_bytes = most;
	return line->credit_bytes > 0;
}

void
slow_line_take(struct slow_line *line, size_t bytes)
{
	if (line->bytes_per_second > 0)
		line->credit_bytes -= (int64_t)bytes;
}
