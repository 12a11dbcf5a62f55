#include "tests/scenario/outside.h"

#include <assert.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tickd/alarm.h"

#define EVENTS_MAX 4096 /* waiting at a time: connections, calls, alarms */
#define MONOTONIC_START_US INT64_C(1000000000)

struct event {
	uint64_t number; /* also their order among equals; 0: free */
	int64_t at_us;
	void (*run)(void *context);
	void *context;
};

static struct {
	int64_t now_us, wall_start_us, jump_us, ahead_us;
	uint64_t numbers;
	int used;
	struct event events[EVENTS_MAX];
} world;

void
outside_begin(int64_t wall_us)
{
	world.now_us = 0;
	world.wall_start_us = wall_us;
	world.jump_us = world.ahead_us = 0;
	world.used = 0;
}

int64_t
outside_elapsed_us(void)
{
	return world.now_us;
}

void
outside_jump_wall(int64_t by_us)
{
	world.jump_us += by_us;
}

int64_t
outside_exchange_us(void)
{
	return world.wall_start_us + world.now_us + world.ahead_us;
}

void
outside_set_exchange_ahead(int64_t ahead_us)
{
	world.ahead_us = ahead_us;
}

uint64_t
outside_after(int64_t delay_us, void (*run)(void *context), void *context)
{
	assert(world.used < EVENTS_MAX);
	world.events[world.used++] = (struct event){++world.numbers,
	    world.now_us + (delay_us < 0 ? 0 : delay_us), run, context};
	return world.numbers;
}

void
outside_cancel(uint64_t number)
{
	for (int i = 0; i < world.used; i++)
		if (world.events[i].number == number) {
			world.events[i] = world.events[--world.used];
			return;
		}
}

static struct event *
next_event(void)
{
	struct event *next = NULL;

	for (int i = 0; i < world.used; i++) {
		struct event *event = &world.events[i];

		if (next == NULL || event->at_us < next->at_us ||
		    (event->at_us == next->at_us && event->number < next->number))
			next = event;
	}
	return next;
}

void
outside_run_until(int64_t elapsed_us)
{
	struct event *next;

	while ((next = next_event()) != NULL && next->at_us <= elapsed_us) {
		struct event event = *next;

		*next = world.events[--world.used];
		if (event.at_us > world.now_us)
			world.now_us = event.at_us;
		event.run(event.context);
	}
	if (elapsed_us > world.now_us)
		world.now_us = elapsed_us;
}

/* ---- common/clock_now.c ---- */

int64_t
clock_wall_us(void)
{
	return world.wall_start_us + world.now_us + world.jump_us;
}

int64_t
clock_monotonic_us(void)
{
	return MONOTONIC_START_US + world.now_us;
}

/* ---- tickd/alarm.c ---- */

struct alarm {
	void (*ring)(void *context);
	void *context;
	uint64_t event; /* 0: not set */
};

static void
on_ring(void *context)
{
	struct alarm *alarm = context;

	alarm->event = 0;
	alarm->ring(alarm->context);
}

struct alarm *
alarm_create(uv_loop_t *loop, void (*ring)(void *context), void *context)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));

	if (alarm != NULL)
		*alarm = (struct alarm){ring, context, 0};
	return alarm;
}

void
alarm_set(struct alarm *alarm, int64_t delay_us)
{
	alarm_clear(alarm);
	alarm->event = outside_after(delay_us, on_ring, alarm);
}

void
alarm_clear(struct alarm *alarm)
{
	outside_cancel(alarm->event);
	alarm->event = 0;
}

void
alarm_free(struct alarm *alarm)
{
	if (alarm == NULL)
		return;
	alarm_clear(alarm);
	free(alarm);
}

int
alarm_jitter(void)
{
	static unsigned state = 1;

	state = state * 1103515245U + 12345U;
	return (int)(state >> 16) % 1000;
}
