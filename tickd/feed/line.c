#define _GNU_SOURCE
#include "tickd/feed/line_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tickd/feed/rotation.h"
#include "tickd/net/link.h"

#define DELIVERING_US INT64_C(10000000) /* something came from the market so lately */
#define TELL_BURST 5	 /* lines about lost connections in TELL_WINDOW_US */
#define TELL_WINDOW_US INT64_C(60000000)

static void dial(struct line *line, struct leg *leg);

void
line_resume(struct line *line)
{
	int64_t now_us = clock_monotonic_us();

	if (!line->paused || line->stopping || !line_has_room(line))
		return;
	line->paused = false;
	if (line->draining)
		line_drain(line, now_us);
	if (line->paused)
		return;
	line->paused_us = 0;
	if (line->current->state == LEG_LIVE) {
		line->current->market_us = now_us;
		ws_resume(line->current->socket);
	} else if (line->current->state == LEG_IDLE) {
		dial(line, line->current);
	}
}

/* ---- rotation ---- */

static void
begin_rotation(struct line *line, int64_t now_us)
{
	int64_t open_us = now_us - line->current->opened_us, delay_us;

	if (line->rotate == NULL || line->other->state != LEG_IDLE || line->paused ||
	    line->current->state != LEG_LIVE || line->draining || !line_has_room(line))
		return;
	binance_normaliser_follow(line->other->books, line->current->books);
	/* One that was left for want of room is no reason to spend all attempts on others. */
	delay_us = reconnect_delay(&line->reconnect, line->tried ? 0 : open_us, alarm_jitter());
	line->tried = true;
	if (delay_us == 0)
		dial(line, line->other);
	else
		leg_wait(line->other, delay_us);
}

static void
on_shutdown(struct line *line, struct leg *leg, int64_t now_us)
{
	if (leg != line->current) {
		ws_close(leg->socket, "the exchange announced its shutdown");
		return;
	}
	line->rotate = "the exchange announced its shutdown";
	begin_rotation(line, now_us);
}

static void
on_frame(void *context, struct leg *leg, const char *frame, size_t length)
{
	struct line *line = context;
	int64_t now_us = clock_monotonic_us();
	struct tick tick;

	switch (intake_frame(line->group->intake, leg->books, frame, length, now_us, &tick)) {
	case INTAKE_TICK:
		leg->market_us = now_us;
		(leg == line->current ? line_deliver : line_hold)(line, &tick, now_us);
		break;
	case INTAKE_QUOTE:
		leg->market_us = now_us;
		break;
	case INTAKE_SHUTDOWN:
		on_shutdown(line, leg, now_us);
		break;
	case INTAKE_REPLY:
		if (leg == line->current)
			symbol_watch_reply(line->watch, frame, length);
		break;
	case INTAKE_NOTHING:
		break;
	}
}

/* ---- connecting ---- */

static void
wait_and_dial(struct line *line, struct leg *leg, int64_t open_us)
{
	leg_wait(leg, reconnect_delay(&line->reconnect, open_us, alarm_jitter()));
}

static void
dial(struct line *line, struct leg *leg)
{
	int64_t wait_us;

	if (!line_has_room(line)) {
		leg_leave(leg, "no room for its ticks yet"); /* line_resume() or a check dials */
		if (leg == line->current)
			line->paused = true;
		return;
	}
	wait_us = line->group->attempt(line->group->context);
	if (wait_us > 0)
		leg_wait(leg, wait_us);
	else if (leg_connect(leg, line->group->host, line->path) < 0)
		wait_and_dial(line, leg, 0);
}

static void
on_due(void *context, struct leg *leg)
{
	dial(context, leg);
}

static void
on_opened(void *context, struct leg *leg)
{
	struct line *line = context;

	if (leg != line->current) {
		handover_begin(line->handover, leg->opened_us);
		return;
	}
	line->rotate = NULL;
	line->tried = false;
	symbol_watch_reset(line->watch, true, leg->opened_us);
	line_tell(line, LOG_INFO, "feed-connected", "connected to %.90s for %zu symbols",
	    link_host_name(line->group->host), line->count);
}

static void
tell_lost(struct line *line, const struct leg *leg, const char *reason, int64_t now_us)
{
	int64_t suppressed;

	if (!log_limit_pass(&line->group->lost_limit, TELL_BURST, TELL_WINDOW_US, now_us,
		&suppressed))
		return;
	line_tell(line, LOG_WARNING,
	    leg == line->current ? "feed-disconnected" : "rotation-delayed",
	    "%s%s %.90s: %.200s; trying again", leg == line->current ? "" : "as a successor: ",
	    leg->opened_us == 0 ? "cannot connect to" : "lost", link_host_name(line->group->host),
	    reason);
}

/* Its successor is tried again by the same rules, and may be up before. */
static void
lose_current(struct line *line, struct leg *leg, const char *reason, int64_t now_us)
{
	int64_t open_us = leg->opened_us == 0 ? 0 : now_us - leg->opened_us;

	if (line->other->state == LEG_LIVE) {
		line_take_over(line, now_us);
		return;
	}
	line->paused = false;
	line->paused_us = 0;
	line->group->intake->figures->reconnects++;
	tell_lost(line, leg, reason, now_us);
	if (line->other->state == LEG_CONNECTING) {
		line_swap_legs(line);
		leg_leave(leg, reason);
		return;
	}
	if (line->other->state == LEG_WAITING)
		leg_leave(line->other, reason);
	wait_and_dial(line, leg, open_us);
}

static void
on_closed(void *context, struct leg *leg, const char *reason)
{
	struct line *line = context;
	int64_t now_us = clock_monotonic_us();

	if (line->stopping) {
		leg->state = LEG_IDLE;
		line->group->closed(line->group->context);
	} else if (leg->state == LEG_LEAVING) {
		leg->state = LEG_IDLE;
		begin_rotation(line, now_us);
	} else if (leg == line->current) {
		lose_current(line, leg, reason, now_us);
	} else {
		tell_lost(line, leg, reason, now_us);
		handover_clear(line->handover);
		wait_and_dial(line, leg, leg->opened_us == 0 ? 0 : now_us - leg->opened_us);
	}
}

/* ---- once a second ---- */

static void
check_age(struct line *line, int64_t now_us, int64_t wall_us)
{
	int64_t age_us = now_us - line->current->opened_us;

	if (line->current->state == LEG_LIVE && line->rotate == NULL &&
	    age_us >= rotation_age(wall_us - age_us, line->group->settings->binance.rotate_at_us,
		line->jitter))
		line->rotate = "before its 24 hours are over";
}

static void
check_symbols(struct line *line, int64_t now_us)
{
	if (line->current->state != LEG_LIVE || line->paused)
		return;
	if (symbol_watch_look(line->watch, line->current->socket,
		now_us - line->current->market_us <= DELIVERING_US, now_us) &&
	    line->rotate == NULL)
		line->rotate = "a symbol stays silent";
}

void
line_check(struct line *line, int64_t now_us, int64_t wall_us)
{
	const struct settings *settings = line->group->settings;

	/* A paused socket cannot answer pings: better to leave than to be thrown out. */
	if (line->paused && line->current->state == LEG_LIVE) {
		if (now_us - line->paused_us > settings->binance.pause_limit_us)
			ws_close(line->current->socket,
			    "storage could not keep up, closed on purpose");
	} else {
		leg_check(line->current, settings->binance.silence_us, now_us);
	}
	leg_check(line->other, settings->binance.silence_us, now_us);
	if (line->draining && !line->paused)
		line_drain(line, now_us);
	if (now_us >= line->filter_until_us)
		line->filter_until_us = 0;
	if (line->other->state == LEG_LIVE && handover_ready(line->handover, now_us))
		line_take_over(line, now_us);
	check_symbols(line, now_us);
	check_age(line, now_us, wall_us);
	begin_rotation(line, now_us);
}

/* ---- the whole ---- */

static struct binance_normaliser *
create_books(const struct line *line)
{
	return binance_normaliser_create(line->group->intake->symbols, line->first, line->count,
	    (enum settings_quotes)line->group->settings->binance.quotes);
}

struct line *
line_create(struct line_group *group, size_t first, size_t *ret_count)
{
	struct line *line = calloc(1, sizeof(*line));
	const struct leg_hooks hooks = {on_due, on_opened, on_frame, on_closed, line};
	int error = 0;

	if (line == NULL)
		return NULL;
	line->group = group;
	line->first = first;
	line->count = binance_streams_path(&group->settings->binance.symbols, first,
	    &group->settings->binance.streams, line->path);
	line->jitter = alarm_jitter();
	line->current = &line->legs[0];
	line->other = &line->legs[1];
	for (int i = 0; i < 2; i++)
		error |= leg_init(&line->legs[i], group->loop, create_books(line), &hooks);
	line->handover = handover_create(first, line->count);
	line->watch = symbol_watch_create(group->settings, group->intake, first, line->count);
	if (error < 0 || line->handover == NULL || line->watch == NULL) {
		line_free(line);
		return NULL;
	}
	*ret_count = line->count;
	return line;
}

void
line_free(struct line *line)
{
	for (int i = 0; i < 2; i++)
		leg_finish(&line->legs[i]);
	handover_free(line->handover);
	symbol_watch_free(line->watch);
	free(line);
}

void
line_start(struct line *line)
{
	dial(line, line->current);
}

void
line_stop(struct line *line)
{
	line->stopping = true;
	for (int i = 0; i < 2; i++)
		leg_leave(&line->legs[i], "stopping");
}

bool
line_closed(const struct line *line)
{
	return line->legs[0].socket == NULL && line->legs[1].socket == NULL;
}

const char *
line_state(const struct line *line)
{
	if (line->paused && !line->stopping)
		return "paused";
	return leg_state_name(line->current->state);
}

json_t *
line_json(const struct line *line, int64_t now_us)
{
	int64_t opened_us = line->current->opened_us;

	return json_pack("{s:s, s:I, s:I}", "state", line_state(line), "symbols",
	    (json_int_t)line->count, "age_s",
	    (json_int_t)(opened_us == 0 ? 0 : (now_us - opened_us) / CLOCK_SECOND_US));
}
