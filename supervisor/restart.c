#include "supervisor/restart.h"

#define FIRST_STEP_US 1000 /* a `min` of 0 doubles from here */

/* min x 2^(steps), at most max. */
static int64_t
doubled(const struct restart_policy *policy, int64_t steps)
{
	int64_t delay_us = policy->min_us > 0 ? policy->min_us : FIRST_STEP_US;

	while (steps-- > 0 && delay_us < policy->max_us)
		delay_us *= 2;
	return delay_us < policy->max_us ? delay_us : policy->max_us;
}

/* Upwards where there is room below the ceiling, else downwards; never below `min`. */
static int64_t
jittered(const struct restart_policy *policy, int64_t delay_us, double jitter)
{
	int64_t spread_us = delay_us / 4;

	if (delay_us + spread_us > policy->max_us)
		delay_us = policy->max_us - spread_us;
	delay_us += (int64_t)((double)spread_us * jitter);
	return delay_us > policy->min_us ? delay_us : policy->min_us;
}

struct restart_decision
restart_on_death(const struct restart_policy *policy, struct restart_history *history,
    int64_t ready_us, bool hopeless, double jitter)
{
	struct restart_decision decision = {.verdict = RESTART_LATER};
	int64_t delay_us;

	if (ready_us > 0 && ready_us >= policy->stable_after_us)
		history->deaths = 0;
	history->deaths++;
	if (hopeless || (policy->max_deaths > 0 && history->deaths >= policy->max_deaths)) {
		decision.verdict = RESTART_FAILED;
		return decision;
	}
	if (history->deaths == 1)
		return decision;
	delay_us = doubled(policy, history->deaths - 2);
	decision.failing = delay_us >= policy->max_us;
	decision.delay_us = jittered(policy, delay_us, jitter);
	return decision;
}

void
restart_forget(struct restart_history *history)
{
	history->deaths = 0;
}
