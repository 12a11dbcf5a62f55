/*
 * A line to the exchange for some of the symbols: one connection, kept up for ever, and for the
 * time of a rotation its successor beside it (handover.h).
 */
#ifndef TICKD_LINE_H
#define TICKD_LINE_H

#include <jansson.h>

#include "common/log.h"
#include "common/settings.h"
#include "tickd/feed/intake.h"
#include "tickd/feed/leg.h"

struct line;

/* What the lines of a feed share. */
struct line_group {
	const struct settings *settings;
	uv_loop_t *loop;
	struct link_host *host;
	struct intake *intake;
	struct log_limit lost_limit;
	/* How long until one more attempt to connect is allowed; 0: now, and it is counted. */
	int64_t (*attempt)(void *context);
	/* After line_stop(), from a callback of its socket: the line has none any more. */
	void (*closed)(void *context);
	void *context;
};

/*
 * For the symbols from `first` on, as many as a connection carries: *ret_count.  The group outlives
 * it.  NULL: out of memory.
 */
struct line *
line_create(struct line_group *group, size_t first, size_t *ret_count);

/* Only when line_closed(). */
void
line_free(struct line *line);

void
line_start(struct line *line);

void
line_stop(struct line *line);

bool
line_closed(const struct line *line);

/* The sink has room again. */
void
line_resume(struct line *line);

/* Once a second: deadlines, rotation, silence. */
void
line_check(struct line *line, int64_t now_us, int64_t wall_us);

/* "live", "connecting", "waiting", "paused", "stopped". */
const char *
line_state(const struct line *line);

/* Its entry of the status' "lines": a new reference. */
json_t *
line_json(const struct line *line, int64_t now_us);

#endif
