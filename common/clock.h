/*
 * The two clocks, and the one way to write a time for people.
 * Times are int64 microseconds since 1970 UTC; durations come from the monotonic clock.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND_US INT64_C(1000000)
#define CLOCK_MS_US INT64_C(1000)
#define CLOCK_DAY_US (86400 * CLOCK_SECOND_US)
#define CLOCK_TEXT_SIZE 32 /* "-290308-12-21T19:59:05.224192Z" and its NUL */

int64_t
clock_wall_us(void);

int64_t
clock_monotonic_us(void);

/* ISO 8601 in UTC with `places` (0, 3 or 6) decimals and Z; returns the buffer, the caller's. */
const char *
clock_format(int64_t time_us, int places, char buffer[static CLOCK_TEXT_SIZE]);

/*
 * Reads ISO 8601 ("2026-01-31", "2026-01-31T23:59:59[.fraction][Z|+hh:mm]"; without an offset it
 * is UTC) or a whole number of milliseconds since 1970.  Returns 0 or -EINVAL.
 */
__attribute__((warn_unused_result)) int
clock_parse(const char *text, int64_t *ret_time_us);

#endif
