#define _GNU_SOURCE
#include "supervisor/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/spawn.h"

static void
on_exit(uv_process_t *process, int64_t status, int signal);

static struct log_subject
subject(const struct child *child)
{
	return (struct log_subject){.process = child->name};
}

#define child_log(child, level, event, ...)                                                        \
	do {                                                                                       \
		struct log_subject about = subject(child);                                         \
		log_event(level, event, &about, __VA_ARGS__);                                      \
	} while (0)

static double
seconds(int64_t us)
{
	return (double)us / (double)CLOCK_SECOND_US;
}

/* ---- limits, of the settings ---- */

static struct watch_limits
limits(const struct child *child)
{
	const struct settings *settings = child->around->settings;

	return (struct watch_limits){.ready_timeout_us = settings->supervisor.ready_timeout_us,
		.watchdog_us = settings->supervisor.watchdog_us,
		.stop_timeout_us = settings->supervisor.stop_timeout_us};
}

static struct restart_policy
policy(const struct child *child)
{
	const struct settings *settings = child->around->settings;

	return (struct restart_policy){.min_us = settings->supervisor.restart_min_us,
		.max_us = settings->supervisor.restart_max_us,
		.stable_after_us = settings->supervisor.stable_after_us,
		.max_deaths = settings->supervisor.max_deaths};
}

/* [0, 1); without entropy there is no jitter, which is no harm. */
static double
draw_jitter(void)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		return 0;
	return random / 4294967296.0;
}

/* ---- deadlines ---- */

static void
on_deadline(uv_timer_t *timer);

static void
arm(struct child *child)
{
	int64_t at_us = child->process != NULL ? child->watch.deadline_us :
	    child->next_attempt_us > 0	       ? child->next_attempt_us :
						 WATCH_NEVER;
	int64_t left_us = at_us - clock_monotonic_us();

	if (at_us == WATCH_NEVER) {
		uv_timer_stop(&child->timer);
		return;
	}
	uv_timer_start(&child->timer, on_deadline,
	    left_us <= 0 ? 0 : (uint64_t)(left_us + CLOCK_MS_US - 1) / CLOCK_MS_US, 0);
}

static void
changed(struct child *child)
{
	arm(child);
	child->around->changed(child->around->context);
}

static void
send_signal(const struct child *child, int number)
{
	(void)uv_process_kill(child->process, number);
}

static void
act(struct child *child, enum watch_action action)
{
	switch (action) {
	case WATCH_WAIT:
		arm(child);
		return;
	case WATCH_TERMINATE:
		child_log(child, LOG_WARNING, "child-unready", "not ready after %.1f s: ending it",
		    seconds(limits(child).ready_timeout_us));
		send_signal(child, SIGTERM);
		break;
	case WATCH_ABORT:
		child_log(child, LOG_ERR, "child-hung", "no sign of life for %.1f s: ending it",
		    seconds(limits(child).watchdog_us));
		send_signal(child, SIGABRT);
		break;
	case WATCH_KILL:
		child_log(child, LOG_WARNING, "child-killed", "it does not end: killing it");
		child_kill(child);
		break;
	}
	changed(child);
}

static void
attempt(struct child *child);

static void
on_deadline(uv_timer_t *timer)
{
	struct child *child = timer->data;
	struct watch_limits now_limits = limits(child);
	int64_t now_us = clock_monotonic_us();

	if (child->process != NULL) {
		/* A sign of life that waits to be read counts: it was we who were late. */
		notify_socket_drain(child->around->notify);
		act(child, watch_time(&child->watch, &now_limits, now_us));
	} else if (child->next_attempt_us > 0 && now_us >= child->next_attempt_us) {
		attempt(child);
	} else {
		arm(child);
	}
}

/* ---- death ---- */

static void
give_up(struct child *child, const char *why)
{
	child->idle_state = CHILD_FAILED;
	child_log(child, LOG_ERR, "child-failed", "%s: not started again until somebody asks for it",
	    why);
}

static void
decide(struct child *child, int64_t ready_us, bool hopeless, const char *why_hopeless)
{
	struct restart_policy now_policy = policy(child);
	bool was_failing = child->idle_state == CHILD_FAILING;
	struct restart_decision decision =
	    restart_on_death(&now_policy, &child->history, ready_us, hopeless, draw_jitter());
	char why[64];

	if (decision.verdict == RESTART_FAILED) {
		snprintf(why, sizeof(why), "it died %jd times in a row",
		    (intmax_t)child->history.deaths);
		give_up(child, hopeless ? why_hopeless : why);
		return;
	}
	child->idle_state = decision.failing ? CHILD_FAILING : CHILD_WAITING;
	child->next_attempt_us = clock_monotonic_us() + decision.delay_us;
	if (decision.failing && !was_failing)
		child_log(child, LOG_ERR, "child-failing",
		    "it keeps dying (%jd times in a row): tried again every %.1f s",
		    (intmax_t)child->history.deaths, seconds(now_policy.max_us));
}

static void
after_death(struct child *child, int64_t status, int64_t ready_us)
{
	if (child->retired) {
		child->idle_state = CHILD_STOPPED;
		child_log(child, LOG_INFO, "child-stopped", "ended (%s)", child->last_exit);
	} else if (child->wanted_again) {
		child_log(child, LOG_INFO, "child-stopped", "ended (%s) to be started again",
		    child->last_exit);
		restart_forget(&child->history);
		child->idle_state = CHILD_WAITING;
		child->next_attempt_us = clock_monotonic_us();
	} else {
		child_log(child, LOG_WARNING, "child-died", "died (%s) after %.1f s",
		    child->last_exit, seconds(clock_monotonic_us() - child->watch.started_us));
		decide(child, ready_us, status == EX_CONFIG, "it refuses its settings");
	}
}

static void
name_end(struct child *child, int64_t status, int signal)
{
	const char *name = signal != 0 ? sigabbrev_np(signal) : NULL;

	if (signal == 0)
		snprintf(child->last_exit, sizeof(child->last_exit), "exit %d", (int)status);
	else if (name != NULL)
		snprintf(child->last_exit, sizeof(child->last_exit), "SIG%s", name);
	else
		snprintf(child->last_exit, sizeof(child->last_exit), "signal %d", signal);
}

static void
on_exit(uv_process_t *process, int64_t status, int signal)
{
	struct child *child = process->data;
	int64_t ready_us;

	notify_socket_drain(child->around->notify); /* its last words, while its pid is known */
	ready_us = child->watch.ready_us == 0 ? 0 : clock_monotonic_us() - child->watch.ready_us;
	/* What it started and left behind would hold its lease and its sockets. */
	(void)kill(-child->pid, SIGKILL);
	name_end(child, status, signal);
	spawn_release(process);
	child->process = NULL;
	child->pid = 0;
	child->status[0] = '\0';
	after_death(child, signal == 0 ? status : -1, ready_us);
	child->wanted_again = false;
	changed(child);
}

/* ---- birth ---- */

static void
not_spawned(struct child *child, int error)
{
	const char *why = strerror(-error);

	snprintf(child->last_exit, sizeof(child->last_exit), "spawn %s", strerrorname_np(-error));
	child_log(child, LOG_ERR, "child-not-spawned", "%s/%s cannot be started: %s",
	    child->around->directory, child->name, why);
	decide(child, 0, error == -ENOENT || error == -EACCES, why);
}

static void
attempt(struct child *child)
{
	struct watch_limits now_limits = limits(child);
	const struct spawn spawn = {.directory = child->around->directory, .name = child->name,
		.settings = child->around->settings, .notify_path = child->around->notify_path,
		.lifeline_fd = child->around->lifeline_fd, .listen_fd = child->listen_fd,
		.on_exit = on_exit, .data = child};
	int64_t now_us = clock_monotonic_us();
	int error = spawn_start(child->around->loop, &spawn, &child->process);

	child->next_attempt_us = 0;
	child->starts++;
	if (error < 0) {
		not_spawned(child, error);
	} else {
		child->pid = child->process->pid;
		watch_start(&child->watch, &now_limits, now_us);
		if (child->starts == 1)
			child_log(child, LOG_INFO, "child-started", "started with pid %d",
			    (int)child->pid);
		else
			child_log(child, LOG_NOTICE, "child-restarted",
			    "started again with pid %d (restart %jd)", (int)child->pid,
			    (intmax_t)child->starts - 1);
	}
	changed(child);
}

void
child_init(struct child *child, const char *name, int listen_fd,
    const struct child_surroundings *around)
{
	*child = (struct child){.name = name, .listen_fd = listen_fd, .around = around,
		.idle_state = CHILD_NOT_STARTED};
	(void)uv_timer_init(around->loop, &child->timer);
	child->timer.data = child;
}

void
child_start(struct child *child)
{
	child->first_start_us = clock_monotonic_us();
	attempt(child);
}

void
child_notified(struct child *child, const struct notification *notification)
{
	struct watch_limits now_limits = limits(child);
	enum child_state before = child_state(child);
	int64_t now_us = clock_monotonic_us();

	if (notification->has_status)
		memcpy(child->status, notification->status, sizeof(child->status));
	if (notification->alive)
		watch_alive(&child->watch, &now_limits, now_us);
	if (notification->ready && watch_ready(&child->watch, &now_limits, now_us)) {
		child->was_ready = true;
		child_log(child, LOG_INFO, "child-ready", "ready after %.3f s",
		    seconds(clock_monotonic_us() - child->watch.started_us));
	}
	if (notification->stopping)
		watch_stopping(&child->watch, &now_limits, now_us);
	if (child_state(child) != before)
		changed(child);
	else
		arm(child);
}

/* ---- wishes ---- */

static void
ask_to_end(struct child *child)
{
	struct watch_limits now_limits = limits(child);
	enum child_state before = child_state(child);

	watch_stopping(&child->watch, &now_limits, clock_monotonic_us());
	/* A second SIGTERM would tell one that is already ending to leave in disorder. */
	if (before == CHILD_STARTING || before == CHILD_RUNNING)
		send_signal(child, SIGTERM);
	changed(child);
}

void
child_restart(struct child *child)
{
	if (child->retired)
		return;
	if (child->process == NULL) {
		if (child->idle_state == CHILD_NOT_STARTED)
			return; /* its turn comes */
		restart_forget(&child->history);
		child->idle_state = CHILD_WAITING;
		child->next_attempt_us = clock_monotonic_us();
		changed(child);
		return;
	}
	child->wanted_again = true;
	ask_to_end(child);
}

void
child_retire(struct child *child)
{
	child->retired = true;
	child->next_attempt_us = 0;
	if (child->process != NULL)
		return;
	child->idle_state = CHILD_STOPPED;
	changed(child);
}

void
child_stop(struct child *child)
{
	if (child->process == NULL || child->told_to_stop)
		return;
	child->told_to_stop = true;
	ask_to_end(child);
}

void
child_kill(struct child *child)
{
	if (child->process == NULL)
		return;
	send_signal(child, SIGKILL);
	(void)kill(-child->pid, SIGKILL);
}

/* ---- what others ask ---- */

enum child_state
child_state(const struct child *child)
{
	if (child->process == NULL)
		return child->idle_state;
	switch (child->watch.state) {
	case WATCH_STARTING:
		return CHILD_STARTING;
	case WATCH_READY:
		return CHILD_RUNNING;
	case WATCH_UNREADY:
		return CHILD_UNREADY;
	case WATCH_HUNG:
		return CHILD_HUNG;
	case WATCH_STOPPING:
		break;
	}
	return CHILD_STOPPING;
}

const char *
child_state_name(enum child_state state)
{
	static const char *const names[] = {[CHILD_NOT_STARTED] = "not started",
		[CHILD_STARTING] = "starting", [CHILD_RUNNING] = "running",
		[CHILD_UNREADY] = "unready", [CHILD_HUNG] = "hung", [CHILD_STOPPING] = "stopping",
		[CHILD_WAITING] = "waiting", [CHILD_FAILING] = "failing",
		[CHILD_FAILED] = "failed", [CHILD_STOPPED] = "stopped"};

	return names[state];
}

int64_t
child_chance_ends_us(const struct child *child)
{
	return child->first_start_us == 0 ?
	    WATCH_NEVER :
	    child->first_start_us + child->around->settings->supervisor.ready_timeout_us;
}

bool
child_settled(const struct child *child, int64_t now_us)
{
	return child->was_ready || child_state(child) == CHILD_FAILED ||
	    now_us >= child_chance_ends_us(child);
}

void
child_finish(struct child *child)
{
	assert(child->process == NULL);
	uv_close((uv_handle_t *)&child->timer, NULL);
}
