/*
 * The clock that a broker shows: so far from UTC, and at one moment an hour further or less far.
 */
#ifndef MARKETSIM_TERMINAL_CLOCK_H
#define MARKETSIM_TERMINAL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_OFFSET_STEP_US INT64_C(900000000)    /* offsets are multiples of 15 minutes */
#define TERMINAL_OFFSET_MAX_US INT64_C(50400000000) /* 14 hours: no place is further from UTC */
#define TERMINAL_DST_US INT64_C(3600000000)	      /* what daylight saving moves a clock by */

struct terminal_clock {
	int64_t offset_us;  /* broker's time - UTC, until change_at_us */
	int64_t change_at_us; /* UTC; 0: it never changes */
	int64_t change_us;  /* by how much then: an hour, or an hour less */
};

/* The broker's time of that moment. */
int64_t
terminal_clock_server(const struct terminal_clock *clock, int64_t utc_us);

/*
 * The moment at which the clock showed that: the first one where it showed it twice; the change
 * itself for what was never shown.
 */
int64_t
terminal_clock_utc(const struct terminal_clock *clock, int64_t server_us);

/*
 * In the hour that a clock shows twice there is no market the second time, so that the times of
 * ticks never fall.  True within it; *ret_until_us is when it is over.
 */
bool
terminal_clock_closed(const struct terminal_clock *clock, int64_t utc_us, int64_t *ret_until_us);

#endif
