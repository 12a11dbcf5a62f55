#include "tickd/feed/leg.h"

#include <errno.h>

#include "common/clock.h"

static void
on_alarm(void *context)
{
	struct leg *leg = context;

	leg->hooks.due(leg->hooks.context, leg);
}

int
leg_init(struct leg *leg, uv_loop_t *loop, struct binance_normaliser *books,
    const struct leg_hooks *hooks)
{
	*leg = (struct leg){.hooks = *hooks, .books = books};
	leg->alarm = alarm_create(loop, on_alarm, leg);
	return leg->alarm == NULL || books == NULL ? -ENOMEM : 0;
}

void
leg_finish(struct leg *leg)
{
	alarm_free(leg->alarm);
	binance_normaliser_free(leg->books);
}

void
leg_wait(struct leg *leg, int64_t delay_us)
{
	leg->state = LEG_WAITING;
	leg->begun_us = leg->opened_us = 0;
	alarm_set(leg->alarm, delay_us);
}

static void
on_opened(void *context)
{
	struct leg *leg = context;

	if (leg->state != LEG_CONNECTING)
		return;
	leg->state = LEG_LIVE;
	leg->opened_us = leg->market_us = clock_monotonic_us();
	/* What was traded meanwhile has moved the book. */
	binance_normaliser_reset(leg->books);
	leg->hooks.opened(leg->hooks.context, leg);
}

static void
on_frame(void *context, const char *frame, size_t length)
{
	struct leg *leg = context;

	if (leg->state == LEG_LIVE)
		leg->hooks.frame(leg->hooks.context, leg, frame, length);
}

static void
on_closed(void *context, const char *reason)
{
	struct leg *leg = context;

	leg->socket = NULL;
	leg->hooks.closed(leg->hooks.context, leg, reason);
}

int
leg_connect(struct leg *leg, struct link_host *host, const char *path)
{
	const struct ws_handler handler = {on_opened, on_frame, on_closed, leg};

	leg->state = LEG_CONNECTING;
	leg->begun_us = clock_monotonic_us();
	leg->opened_us = 0;
	leg->socket = ws_connect(host, path, &handler);
	return leg->socket == NULL ? -ENOMEM : 0;
}

void
leg_leave(struct leg *leg, const char *reason)
{
	alarm_clear(leg->alarm);
	leg->state = leg->socket == NULL ? LEG_IDLE : LEG_LEAVING;
	leg->begun_us = leg->opened_us = 0;
	if (leg->socket != NULL)
		ws_close(leg->socket, reason);
}

void
leg_check(struct leg *leg, int64_t silence_us, int64_t now_us)
{
	if (leg->state == LEG_CONNECTING && now_us - leg->begun_us > LEG_CONNECT_LIMIT_US)
		ws_close(leg->socket, "it did not come up in time");
	if (leg->state == LEG_LIVE && silence_us > 0 && now_us - leg->market_us > silence_us)
		ws_close(leg->socket, "no frame for too long");
}

const char *
leg_state_name(enum leg_state state)
{
	static const char *const names[] = {
		"stopped", "waiting", "connecting", "live", "stopped"};

	return names[state];
}
