#include "supervisor/children.h"

#include <string.h>

#include "common/access.h"
#include "common/clock.h"

#define NOBODY (-1)

static const struct {
	enum role role;
	int waits_for; /* enum child_id, or NOBODY */
} definitions[CHILD_COUNT] = {
	[CHILD_LOGD] = {ROLE_LOGD, NOBODY},
	[CHILD_TICKD] = {ROLE_TICKD, NOBODY},
	[CHILD_ANALYSISD] = {ROLE_ANALYSISD, CHILD_TICKD},
};

const char *
children_name(enum child_id id)
{
	return access_role_name(definitions[id].role);
}

/* ---- starting ---- */

static void
on_patience(uv_timer_t *timer);

/* Starts whose turn has come.  Returns how many have not settled yet. */
static int
start_due(struct children *children, int64_t now_us, int64_t *ret_next_us)
{
	int unsettled = 0;

	*ret_next_us = WATCH_NEVER;
	for (int i = 0; i < CHILD_COUNT; i++) {
		struct child *child = &children->list[i];
		int before = definitions[i].waits_for;

		if (child_state(child) == CHILD_NOT_STARTED &&
		    (before == NOBODY || child_settled(&children->list[before], now_us)))
			child_start(child);
		if (child_settled(child, now_us))
			continue;
		unsettled++;
		if (child_chance_ends_us(child) < *ret_next_us)
			*ret_next_us = child_chance_ends_us(child);
	}
	return unsettled;
}

static void
advance_start(struct children *children)
{
	int64_t now_us = clock_monotonic_us(), next_us;

	/* A start changes a state, which leads here again: only one of the two may tell. */
	if (start_due(children, now_us, &next_us) == 0 && !children->told_settled) {
		uv_timer_stop(&children->patience);
		children->told_settled = true;
		children->hooks.settled(children->hooks.context);
	} else if (!children->told_settled && next_us != WATCH_NEVER) {
		uint64_t wait_ms =
		    next_us <= now_us ? 0 : (uint64_t)((next_us - now_us) / CLOCK_MS_US) + 1;

		uv_timer_start(&children->patience, on_patience, wait_ms, 0);
	}
}

/* ---- stopping ---- */

/* Ends the last one of the list that has not stopped; its end brings us here again. */
static void
advance_stop(struct children *children)
{
	for (int i = CHILD_COUNT - 1; i >= 0; i--) {
		struct child *child = &children->list[i];

		child_stop(child);
		if (child_state(child) != CHILD_STOPPED)
			return;
	}
	if (children->told_gone)
		return;
	children->told_gone = true;
	children->hooks.gone(children->hooks.context);
}

static void
advance(struct children *children)
{
	if (children->stopping)
		advance_stop(children);
	else if (!children->told_settled)
		advance_start(children);
}

static void
on_patience(uv_timer_t *timer)
{
	advance(timer->data);
}

static void
on_changed(void *context)
{
	struct children *children = context;

	children->hooks.changed(children->hooks.context);
	advance(children);
}

/* ---- the whole ---- */

void
children_init(struct children *children, const struct child_surroundings *around,
    const int listen_fds[static CHILD_COUNT], const struct children_hooks *hooks)
{
	*children = (struct children){.around = *around, .hooks = *hooks};
	children->around.changed = on_changed;
	children->around.context = children;
	(void)uv_timer_init(around->loop, &children->patience);
	children->patience.data = children;
	for (enum child_id i = 0; i < CHILD_COUNT; i++)
		child_init(&children->list[i], children_name(i), listen_fds[i], &children->around);
}

void
children_start(struct children *children)
{
	advance(children);
}

void
children_stop(struct children *children)
{
	if (children->stopping)
		return;
	children->stopping = true;
	uv_timer_stop(&children->patience);
	for (int i = CHILD_COUNT - 1; i >= 0; i--)
		child_retire(&children->list[i]);
	advance(children);
}

void
children_kill(struct children *children)
{
	for (int i = CHILD_COUNT - 1; i >= 0; i--)
		child_kill(&children->list[i]);
}

void
children_finish(struct children *children)
{
	for (int i = CHILD_COUNT - 1; i >= 0; i--)
		child_finish(&children->list[i]);
	uv_close((uv_handle_t *)&children->patience, NULL);
}

struct child *
children_by_name(struct children *children, const char *name)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		if (strcmp(children->list[i].name, name) == 0)
			return &children->list[i];
	return NULL;
}

struct child *
children_by_pid(struct children *children, pid_t pid)
{
	for (int i = 0; pid > 0 && i < CHILD_COUNT; i++)
		if (children->list[i].pid == pid)
			return &children->list[i];
	return NULL;
}

const char *
children_summary(const struct children *children)
{
	int running = 0, stopped = 0, young = 0;

	for (int i = 0; i < CHILD_COUNT; i++) {
		enum child_state state = child_state(&children->list[i]);

		running += state == CHILD_RUNNING;
		stopped += state == CHILD_STOPPED;
		young += state == CHILD_NOT_STARTED ||
		    (state == CHILD_STARTING && !children->list[i].was_ready);
	}
	if (children->stopping)
		return stopped == CHILD_COUNT ? "stopped" : "stopping";
	if (running == CHILD_COUNT)
		return "running";
	return running + young == CHILD_COUNT && !children->told_settled ? "starting" : "degraded";
}
