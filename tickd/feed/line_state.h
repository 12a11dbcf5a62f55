/*
 * What a line is, for the files of it: line.c connects, line_ticks.c hands on.
 */
#ifndef TICKD_LINE_STATE_H
#define TICKD_LINE_STATE_H

#include "tickd/feed/binance_streams.h"
#include "tickd/feed/handover.h"
#include "tickd/feed/line.h"
#include "tickd/feed/reconnect.h"
#include "tickd/feed/symbol_watch.h"

/*
 * The current leg delivers.  The other one is idle, or the successor (held ticks), or leaving.
 * After a take-over `draining` lasts until the held ticks are handed on.
 */
struct line {
	struct line_group *group;
	size_t first, count; /* its symbols */
	struct leg legs[2];
	struct leg *current, *other;
	struct reconnect reconnect;
	struct handover *handover;
	struct symbol_watch *watch;
	int jitter;	     /* its own place among the lines that rotate at the same time */
	const char *rotate;  /* why a successor is wanted, NULL: it is not */
	bool tried;	     /* a successor was begun for it already, and left */
	bool draining, paused, stopping;
	int64_t filter_until_us; /* what was had before the last take-over is left out; 0: not */
	int64_t paused_us;
	char path[BINANCE_PATH_SIZE];
};

/* To the wiring's log. */
__attribute__((format(printf, 4, 5))) void
line_tell(const struct line *line, int level, const char *event, const char *format, ...);

/* Enough free places in the sink to begin reading. */
bool
line_has_room(const struct line *line);

/* A tick of the current leg; one of its successor. */
void
line_deliver(struct line *line, const struct tick *tick, int64_t now_us);

void
line_hold(struct line *line, const struct tick *tick, int64_t now_us);

/* Hands on what was held; the line is paused with what finds no place. */
void
line_drain(struct line *line, int64_t now_us);

/* The other leg becomes the current one, with what it holds, and the old one leaves. */
void
line_take_over(struct line *line, int64_t now_us);

void
line_swap_legs(struct line *line);

#endif
