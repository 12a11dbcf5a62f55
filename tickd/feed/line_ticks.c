#define _GNU_SOURCE
#include "tickd/feed/line_state.h"

#include <stdio.h>

#include "tickd/net/link.h"

#define PAUSE_ROOM 8192 /* fewer free places than this: stop reading */
#define RESUME_SHARE 2	/* read again when 1/RESUME_SHARE of the ring is free */
#define SETTLED_US INT64_C(60000000) /* then a successor has passed all that the old one had */

void
line_tell(const struct line *line, int level, const char *event, const char *format, ...)
{
	const struct intake_hooks *hooks = &line->group->intake->hooks;
	char sentence[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	hooks->tell(hooks->context, level, event, NULL, sentence);
}

static size_t
room(const struct line *line)
{
	const struct feed_sink *sink = &line->group->intake->sink;

	return sink->room(sink->context);
}

bool
line_has_room(const struct line *line)
{
	return room(line) >= (size_t)line->group->settings->storage.ring / RESUME_SHARE;
}

/* ---- back-pressure ---- */

/* Without a place to put its ticks a successor is of no use: what it holds, the old one brings. */
static void
pause_line(struct line *line, int64_t now_us)
{
	if (line->paused)
		return;
	line->paused = true;
	line->paused_us = now_us;
	if (line->current->state == LEG_LIVE)
		ws_pause(line->current->socket);
	if (!line->draining && line->other->state != LEG_WAITING) {
		leg_leave(line->other, "no room for its ticks yet");
		handover_clear(line->handover);
	}
}

void
line_drain(struct line *line, int64_t now_us)
{
	const struct tick *tick;

	while ((tick = handover_first(line->handover)) != NULL) {
		if (!intake_try_push(line->group->intake, tick)) {
			pause_line(line, now_us);
			return;
		}
		handover_delivered(line->handover, tick);
		handover_drop(line->handover);
	}
	handover_clear(line->handover);
	line->draining = false;
}

void
line_swap_legs(struct line *line)
{
	struct leg *leg = line->current;

	line->current = line->other;
	line->other = leg;
}

void
line_take_over(struct line *line, int64_t now_us)
{
	const char *why = line->rotate == NULL ? "it ended" : line->rotate;

	line_swap_legs(line);
	line->rotate = NULL;
	line->tried = false;
	line->draining = true;
	line->filter_until_us = now_us + SETTLED_US;
	handover_take_over(line->handover);
	line->group->intake->figures->rotations++;
	leg_leave(line->other, "replaced by its successor");
	symbol_watch_reset(line->watch, false, now_us);
	line_tell(line, LOG_INFO, "feed-rotated",
	    "the connection to %.90s for %zu symbols was replaced: %s",
	    link_host_name(line->group->host), line->count, why);
	line_drain(line, now_us);
}

/* ---- ticks ---- */

static void
push(struct line *line, const struct tick *tick)
{
	intake_push(line->group->intake, tick);
	handover_delivered(line->handover, tick);
}

/* What is held goes first; where even that finds no place, the loop waits. */
static void
join(struct line *line, const struct tick *tick, int64_t now_us)
{
	const struct tick *held;

	if (!line->paused)
		line_drain(line, now_us);
	if (line->draining && handover_hold(line->handover, tick, now_us) == 0)
		return;
	while (line->draining && (held = handover_first(line->handover)) != NULL) {
		push(line, held);
		handover_drop(line->handover);
	}
	push(line, tick);
}

void
line_deliver(struct line *line, const struct tick *tick, int64_t now_us)
{
	if (line->filter_until_us != 0 && handover_had(line->handover, tick))
		return;
	if (line->draining)
		join(line, tick, now_us);
	else
		push(line, tick);
	if (line->other->state == LEG_LIVE && handover_ready(line->handover, now_us))
		line_take_over(line, now_us);
	if (!line->paused && room(line) < PAUSE_ROOM)
		pause_line(line, now_us);
}

void
line_hold(struct line *line, const struct tick *tick, int64_t now_us)
{
	if (handover_hold(line->handover, tick, now_us) < 0) {
		line_take_over(line, now_us);
		line_deliver(line, tick, now_us);
	} else if (handover_ready(line->handover, now_us)) {
		line_take_over(line, now_us);
	}
}
