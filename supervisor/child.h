/*
 * One child, from its first start to its last end: it translates what happens (a notification, a
 * death, a deadline, a wish) into calls of watch, restart and spawn, and logs it.
 */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "common/settings.h"
#include "supervisor/notify_socket.h"
#include "supervisor/restart.h"
#include "supervisor/watch.h"

enum child_state {
	CHILD_NOT_STARTED, /* its turn has not come */
	CHILD_STARTING,	   /* alive, READY=1 is awaited */
	CHILD_RUNNING,
	CHILD_UNREADY,	/* was not ready in time and is being ended */
	CHILD_HUNG,	/* gave no sign of life and is being ended */
	CHILD_STOPPING, /* is ending because it was asked to */
	CHILD_WAITING,	/* dead, to be started again at next_attempt_us */
	CHILD_FAILING,	/* the same, slowed to the ceiling */
	CHILD_FAILED,	/* dead, and left so until somebody asks */
	CHILD_STOPPED	/* dead, because everything stops */
};

/* What all children share.  Everything is borrowed. */
struct child_surroundings {
	uv_loop_t *loop;
	const struct settings *settings;
	const char *directory; /* of the binaries */
	const char *notify_path;
	struct notify_socket *notify;
	int lifeline_fd;
	void (*changed)(void *context); /* some child's state is another one now */
	void *context;
};

struct child {
	const char *name;
	const struct child_surroundings *around;
	int listen_fd; /* handed on; -1 none */

	uv_timer_t timer;      /* the next deadline of either kind */
	uv_process_t *process; /* NULL: not alive */
	pid_t pid;	       /* 0: not alive */
	struct watch watch;    /* while alive */
	struct restart_history history;
	enum child_state idle_state;	     /* while not alive */
	bool retired;			     /* its end is not to be followed by a start */
	bool told_to_stop;
	bool wanted_again;		     /* its end is to be followed by a start at once */
	bool was_ready;			     /* at least once since the very first start */
	int64_t first_start_us;		     /* monotonic; 0 never */
	int64_t next_attempt_us;	     /* monotonic; 0 none */
	int64_t starts;			     /* attempts, the first one included */
	char last_exit[32];		     /* "exit 3", "SIGKILL", "spawn ENOMEM"; "" never */
	char status[NOTIFY_STATUS_SIZE];     /* its own STATUS=, "" none */
};

void
child_init(struct child *child, const char *name, int listen_fd,
    const struct child_surroundings *around);

enum child_state
child_state(const struct child *child);

/* "starting", "running" ... as published. */
const char *
child_state_name(enum child_state state);

/* Its first start. */
void
child_start(struct child *child);

/* A datagram that the kernel says is from this child. */
void
child_notified(struct child *child, const struct notification *notification);

/* Ends it in order, or at once if it is not alive, and starts it again without delay. */
void
child_restart(struct child *child);

/* From now on it is not started any more; if it is alive, it goes on until child_stop(). */
void
child_retire(struct child *child);

/* Ends a retired child: SIGTERM, and SIGKILL after stop_timeout.  Again is nothing. */
void
child_stop(struct child *child);

/* SIGKILL, to it and to what it started. */
void
child_kill(struct child *child);

/* It was ready once, or it failed, or it had ready_timeout: nobody need wait for it any more. */
bool
child_settled(const struct child *child, int64_t now_us);

/* When ready_timeout since its first start is over; WATCH_NEVER before that start. */
int64_t
child_chance_ends_us(const struct child *child);

/* Closes its timer; it must not be alive. */
void
child_finish(struct child *child);

#endif
