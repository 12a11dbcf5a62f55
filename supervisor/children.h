/*
 * The three children together: who waits for whom at the start, who ends before whom.
 *
 *   start: logd and tickd at once, analysisd when tickd is settled (ready, or past its chance)
 *   stop:  analysisd, then tickd, then logd
 */
#ifndef SUPERVISOR_CHILDREN_H
#define SUPERVISOR_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "supervisor/child.h"

/* In the order of their start. */
enum child_id { CHILD_LOGD, CHILD_TICKD, CHILD_ANALYSISD, CHILD_COUNT };

/* "logd", "tickd" ... */
const char *
children_name(enum child_id id);

struct children_hooks {
	void (*changed)(void *context); /* some child's state is another one now */
	void (*settled)(void *context); /* once: each is ready or has had its chance */
	void (*gone)(void *context);	/* once: all have ended after children_stop() */
	void *context;
};

struct children {
	struct child list[CHILD_COUNT];
	struct child_surroundings around;
	struct children_hooks hooks;
	uv_timer_t patience; /* until the next one that keeps us waiting has had its chance */
	bool stopping, told_settled, told_gone;
};

/* `around` without `changed` and `context`; listen_fds, one a child, are handed on: -1 is none. */
void
children_init(struct children *children, const struct child_surroundings *around,
    const int listen_fds[static CHILD_COUNT], const struct children_hooks *hooks);

void
children_start(struct children *children);

/* Ends them one after the other; hooks.gone is called when none is left. */
void
children_stop(struct children *children);

/* SIGKILL to all that are alive; to be used after children_stop(). */
void
children_kill(struct children *children);

/* Closes the timers; all must be gone. */
void
children_finish(struct children *children);

/* NULL when nobody has that name, or pid. */
struct child *
children_by_name(struct children *children, const char *name);
struct child *
children_by_pid(struct children *children, pid_t pid);

/* "starting", "running", "degraded", "stopping" or "stopped". */
const char *
children_summary(const struct children *children);

#endif
