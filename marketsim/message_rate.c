#include "marketsim/message_rate.h"

#include "common/clock.h"

int
message_rate_add(struct message_rate *rate, int64_t now_us)
{
	int64_t known, within = 0;

	rate->times_us[rate->count++ % MESSAGE_RATE_MAX] = now_us;
	known = rate->count < MESSAGE_RATE_MAX ? rate->count : MESSAGE_RATE_MAX;
	while (within < known &&
	    now_us - rate->times_us[(rate->count - 1 - within) % MESSAGE_RATE_MAX] <
		CLOCK_SECOND_US)
		within++;
	return (int)within;
}
