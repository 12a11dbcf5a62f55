/*
 * How long to wait before connecting again.  Pure.  Not at all after the first loss, then doubling
 * with jitter up to 30 s, for ever.  How many attempts the exchange allows: connect_attempts.h.
 */
#ifndef TICKD_RECONNECT_H
#define TICKD_RECONNECT_H

#include <stdint.h>

#define RECONNECT_MIN_US INT64_C(500000)	/* the second attempt in a row */
#define RECONNECT_MAX_US INT64_C(30000000)
#define RECONNECT_STABLE_US INT64_C(60000000)	/* a connection of this length forgets failures */

/* Zero-initialised: nothing has failed. */
struct reconnect {
	int failures; /* in a row without a stable connection */
};

/*
 * A connection that was open for open_us (0: it never came up) is to be replaced.  Returns how
 * long to wait, jitter being 0..999 drawn evenly.
 */
int64_t
reconnect_delay(struct reconnect *reconnect, int64_t open_us, int jitter);

#endif
