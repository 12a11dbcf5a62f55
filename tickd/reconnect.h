/*
 * When to connect again.  Pure.  At once after the first loss, then doubling with jitter up to 30 s,
 * for ever; and never more often than the exchange allows (300 attempts in 5 minutes).
 */
#ifndef TICKD_RECONNECT_H
#define TICKD_RECONNECT_H

#include <stdint.h>

#define RECONNECT_MIN_US INT64_C(500000)	/* the second attempt in a row */
#define RECONNECT_MAX_US INT64_C(30000000)
#define RECONNECT_STABLE_US INT64_C(60000000)	/* a connection of this length forgets failures */
#define RECONNECT_WINDOW_US INT64_C(300000000)
#define RECONNECT_ATTEMPTS 250 /* in a window: under the exchange's 300, for it sees others too */

struct reconnect {
	int failures;			       /* attempts in a row without a stable connection */
	int64_t attempts_us[RECONNECT_ATTEMPTS]; /* monotonic times of the last ones, a circle */
	int next;
};

/* An attempt begins now. */
void
reconnect_attempt(struct reconnect *reconnect, int64_t now_us);

/*
 * The connection ended (or never came up) after being open for open_us (0: never).  Returns how
 * long to wait, jitter being 0..999 drawn evenly.
 */
int64_t
reconnect_delay(struct reconnect *reconnect, int64_t open_us, int64_t now_us, int jitter);

#endif
