#include "tickd/feed/reconnect.h"

/* Doubling from RECONNECT_MIN_US, the upper half of it by lot. */
static int64_t
back_off(int failures, int jitter)
{
	int64_t delay_us = RECONNECT_MIN_US;

	while (--failures > 1 && delay_us < RECONNECT_MAX_US)
		delay_us *= 2;
	if (delay_us > RECONNECT_MAX_US)
		delay_us = RECONNECT_MAX_US;
	return delay_us / 2 + delay_us / 2 * jitter / 999;
}

int64_t
reconnect_delay(struct reconnect *reconnect, int64_t open_us, int jitter)
{
	if (open_us >= RECONNECT_STABLE_US)
		reconnect->failures = 0;
	if (reconnect->failures < INT32_MAX)
		reconnect->failures++;
	return reconnect->failures == 1 ? 0 : back_off(reconnect->failures, jitter);
}
