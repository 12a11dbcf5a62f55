#include "tickd/reconnect.h"

void
reconnect_attempt(struct reconnect *reconnect, int64_t now_us)
{
	reconnect->attempts_us[reconnect->next] = now_us;
	reconnect->next = (reconnect->next + 1) % RECONNECT_ATTEMPTS;
}

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
reconnect_delay(struct reconnect *reconnect, int64_t open_us, int64_t now_us, int jitter)
{
	int64_t oldest_us = reconnect->attempts_us[reconnect->next], delay_us, allowed_us;

	if (open_us >= RECONNECT_STABLE_US)
		reconnect->failures = 0;
	reconnect->failures++;
	delay_us = reconnect->failures == 1 ? 0 : back_off(reconnect->failures, jitter);
	allowed_us = oldest_us == 0 ? 0 : oldest_us + RECONNECT_WINDOW_US - now_us;
	return delay_us > allowed_us ? delay_us : allowed_us;
}
