/*
 * What a living child owes us and when: READY=1 within a time, signs of life after that, its end
 * when it is asked to stop.  Pure: events and the monotonic time go in, what to do comes out.
 *
 *   starting --READY=1--> ready --no WATCHDOG=1--> hung (SIGABRT, then SIGKILL)
 *   starting --too late--> unready (SIGTERM, then SIGKILL)
 *   any --asked, or STOPPING=1--> stopping (then SIGKILL)
 */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_GRACE_US 1000000 /* from SIGABRT to SIGKILL: time for a core dump to begin */

/* Asked so long after a deadline, it was we who were held up: signs of life may have been lost. */
#define WATCH_LATE_US 500000

enum watch_state { WATCH_STARTING, WATCH_READY, WATCH_UNREADY, WATCH_HUNG, WATCH_STOPPING };

enum watch_action { WATCH_WAIT, WATCH_TERMINATE, WATCH_ABORT, WATCH_KILL };

struct watch_limits {
	int64_t ready_timeout_us; /* 0: it may start for ever */
	int64_t watchdog_us;	  /* 0: no signs of life are asked for */
	int64_t stop_timeout_us;
};

#define WATCH_NEVER INT64_MAX

/* All times are monotonic. */
struct watch {
	enum watch_state state;
	int64_t started_us;
	int64_t ready_us;    /* when it became ready, 0 never */
	int64_t seen_us;     /* when it last gave a sign of life */
	int64_t deadline_us; /* when watch_time() is to be asked, or WATCH_NEVER */
};

void
watch_start(struct watch *watch, const struct watch_limits *limits, int64_t now_us);

/* READY=1.  Returns true if that is news: it was starting. */
bool
watch_ready(struct watch *watch, const struct watch_limits *limits, int64_t now_us);

/* WATCHDOG=1. */
void
watch_alive(struct watch *watch, const struct watch_limits *limits, int64_t now_us);

/* STOPPING=1, or we ask it to stop: it has stop_timeout from the first of both. */
void
watch_stopping(struct watch *watch, const struct watch_limits *limits, int64_t now_us);

/* What is to be done now that it is now_us. */
enum watch_action
watch_time(struct watch *watch, const struct watch_limits *limits, int64_t now_us);

#endif
