/*
 * How often a connection may speak.  Pure.  The exchange cuts a connection that sends more than 5
 * messages in a second, PINGs and PONGs among them: ours are held to 3, the rest is for the pongs.
 */
#ifndef TICKD_SEND_LIMIT_H
#define TICKD_SEND_LIMIT_H

#include <stdint.h>

#define SEND_LIMIT_MESSAGES 3
#define SEND_LIMIT_WINDOW_US INT64_C(1000000)

/* Zero-initialised: nothing was sent yet. */
struct send_limit {
	int64_t sent_us[SEND_LIMIT_MESSAGES]; /* monotonic; a circle, 0: never */
	int next;
};

/* How many messages may go now. */
int
send_limit_room(const struct send_limit *limit, int64_t now_us);

/* One goes now. */
void
send_limit_sent(struct send_limit *limit, int64_t now_us);

#endif
