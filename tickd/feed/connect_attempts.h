/*
 * The attempts to connect from this address, of all connections together.  Pure.  The exchange
 * allows 300 in 5 minutes and sees those of other programs behind the same address as well, so
 * ours stay below it, also over restarts: the list is written to a text and read again.
 */
#ifndef TICKD_CONNECT_ATTEMPTS_H
#define TICKD_CONNECT_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

#define CONNECT_ATTEMPTS_MAX 250
#define CONNECT_ATTEMPTS_WINDOW_US INT64_C(300000000)
/* Bytes of the text: the first time, then each one's distance in milliseconds; and the NUL. */
#define CONNECT_ATTEMPTS_TEXT_SIZE (24 + CONNECT_ATTEMPTS_MAX * 7)

/* Zero-initialised: none yet. */
struct connect_attempts {
	int64_t at_us[CONNECT_ATTEMPTS_MAX]; /* monotonic, below 0 for those before the boot */
	int first, count;		     /* a circle, the oldest first */
};

/* How long until one more is allowed; 0: now. */
int64_t
connect_attempts_wait(const struct connect_attempts *attempts, int64_t now_us);

void
connect_attempts_add(struct connect_attempts *attempts, int64_t now_us);

/* Those of the last window, in wall-clock times, which is what a restart can compare. */
void
connect_attempts_write(const struct connect_attempts *attempts, int64_t now_us, int64_t wall_us,
    char text[static CONNECT_ATTEMPTS_TEXT_SIZE]);

/*
 * Takes them back.  What lies ahead of the wall clock, which then was turned back, counts as just
 * made: nobody waits for longer than one window.  A text that is none is read as far as it is one.
 */
void
connect_attempts_read(struct connect_attempts *attempts, const char *text, int64_t now_us,
    int64_t wall_us);

#endif
