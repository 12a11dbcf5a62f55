/*
 * How many messages came within one second: over any second, not only from one tick of the clock
 * to the next.
 */
#ifndef MARKETSIM_MESSAGE_RATE_H
#define MARKETSIM_MESSAGE_RATE_H

#include <stdint.h>

#define MESSAGE_RATE_MAX 64 /* more in a second are counted as so many */

struct message_rate {
	int64_t times_us[MESSAGE_RATE_MAX];
	int64_t count; /* ever */
};

/* A message has come at `now_us`.  Returns how many came in the second that ends with it. */
int
message_rate_add(struct message_rate *rate, int64_t now_us);

#endif
