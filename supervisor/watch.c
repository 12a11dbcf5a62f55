#include "supervisor/watch.h"

static int64_t
after(int64_t now_us, int64_t timeout_us)
{
	return timeout_us > 0 ? now_us + timeout_us : WATCH_NEVER;
}

void
watch_start(struct watch *watch, const struct watch_limits *limits, int64_t now_us)
{
	*watch = (struct watch){.state = WATCH_STARTING, .started_us = now_us,
		.seen_us = now_us, .deadline_us = after(now_us, limits->ready_timeout_us)};
}

bool
watch_ready(struct watch *watch, const struct watch_limits *limits, int64_t now_us)
{
	watch->seen_us = now_us;
	if (watch->state != WATCH_STARTING)
		return false;
	watch->state = WATCH_READY;
	watch->ready_us = now_us;
	watch->deadline_us = after(now_us, limits->watchdog_us);
	return true;
}

void
watch_alive(struct watch *watch, const struct watch_limits *limits, int64_t now_us)
{
	watch->seen_us = now_us;
	if (watch->state == WATCH_READY)
		watch->deadline_us = after(now_us, limits->watchdog_us);
}

void
watch_stopping(struct watch *watch, const struct watch_limits *limits, int64_t now_us)
{
	if (watch->state != WATCH_STARTING && watch->state != WATCH_READY)
		return; /* it is already on its way out, with a deadline */
	watch->state = WATCH_STOPPING;
	watch->deadline_us = now_us + limits->stop_timeout_us;
}

enum watch_action
watch_time(struct watch *watch, const struct watch_limits *limits, int64_t now_us)
{
	if (now_us < watch->deadline_us)
		return WATCH_WAIT;
	switch (watch->state) {
	case WATCH_STARTING:
		watch->state = WATCH_UNREADY;
		watch->deadline_us = now_us + limits->stop_timeout_us;
		return WATCH_TERMINATE;
	case WATCH_READY:
		if (now_us - watch->deadline_us > WATCH_LATE_US) {
			watch->deadline_us = now_us + limits->watchdog_us;
			return WATCH_WAIT;
		}
		watch->state = WATCH_HUNG;
		watch->deadline_us = now_us + WATCH_GRACE_US;
		return WATCH_ABORT;
	case WATCH_UNREADY:
	case WATCH_HUNG:
	case WATCH_STOPPING:
		break;
	}
	watch->deadline_us = WATCH_NEVER; /* nothing survives SIGKILL: only its end is waited for */
	return WATCH_KILL;
}
