#include "tickd/rest/look.h"

#include <errno.h>

#include "common/clock.h"
#include "tickd/alarm.h"

static void
on_alarm(void *context)
{
	struct look *look = context;

	look->at_us = INT64_MAX;
	look->ring(look->context);
}

int
look_init(struct look *look, uv_loop_t *loop, void (*ring)(void *context), void *context)
{
	look->alarm = alarm_create(loop, on_alarm, look);
	look->at_us = INT64_MAX;
	look->ring = ring;
	look->context = context;
	return look->alarm == NULL ? -ENOMEM : 0;
}

void
look_within(struct look *look, int64_t delay_us)
{
	int64_t at_us = clock_monotonic_us() + delay_us;

	if (at_us >= look->at_us)
		return;
	look->at_us = at_us;
	alarm_set(look->alarm, delay_us);
}

void
look_finish(struct look *look)
{
	alarm_free(look->alarm);
	look->alarm = NULL;
}
