#include "tickd/alarm.h"

#include <stdlib.h>

#define JITTER_STEPS 1000

struct alarm {
	uv_timer_t timer;
	void (*ring)(void *context);
	void *context;
};

static void
on_timer(uv_timer_t *timer)
{
	struct alarm *alarm = timer->data;

	alarm->ring(alarm->context);
}

struct alarm *
alarm_create(uv_loop_t *loop, void (*ring)(void *context), void *context)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));

	if (alarm == NULL)
		return NULL;
	alarm->ring = ring;
	alarm->context = context;
	uv_timer_init(loop, &alarm->timer);
	alarm->timer.data = alarm;
	return alarm;
}

void
alarm_set(struct alarm *alarm, int64_t delay_us)
{
	uint64_t delay_ms = delay_us <= 0 ? 0 : ((uint64_t)delay_us + 999) / 1000;

	/* The loop's own idea of now may be old: the delay counts from this moment. */
	uv_update_time(alarm->timer.loop);
	uv_timer_start(&alarm->timer, on_timer, delay_ms, 0);
}

void
alarm_clear(struct alarm *alarm)
{
	uv_timer_stop(&alarm->timer);
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
alarm_free(struct alarm *alarm)
{
	if (alarm != NULL)
		uv_close((uv_handle_t *)&alarm->timer, on_closed);
}

int
alarm_jitter(void)
{
	uint32_t random = 0;

	uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	return (int)(random % JITTER_STEPS);
}
