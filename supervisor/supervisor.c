#define _GNU_SOURCE
#include "supervisor/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <uv.h>

#include "common/access.h"
#include "common/clock.h"
#include "common/control.h"
#include "common/directory.h"
#include "common/lease.h"
#include "common/listen.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/program.h"
#include "common/status_file.h"
#include "supervisor/children.h"
#include "supervisor/commands.h"
#include "supervisor/notify_socket.h"
#include "supervisor/overview.h"
#include "supervisor/strangers.h"

#define TICK_MS 1000 /* shared_memory.json, and the slowest sign of life */

enum { ON_TERM, ON_INT, ON_HUP, SIGNALS };

struct supervisor {
	const struct settings *settings;
	uv_loop_t loop;
	uv_signal_t signals[SIGNALS];
	uv_timer_t tick, farewell;
	struct lease *lease;
	int listen_fds[CHILD_COUNT]; /* -1: that child does not listen */
	int lifeline[2]; /* children hold the first; nobody but us the second */
	struct notify_socket *notify;
	struct control_server *control;
	struct children children;
	struct overview *overview;
	struct commands commands;
	char directory[PATH_MAX]; /* of our own binary, and of the children's */
	char notify_path[PATH_MAX], control_path[PATH_MAX], shared_memory_path[PATH_MAX];
	int stops; /* how often we were asked to stop */
	int exit_status;
	bool publish_failed;
	int64_t next_sample_us;
};

/* ---- publishing ---- */

static void
publish(struct supervisor *supervisor)
{
	json_t *content = overview_compose(supervisor->overview);
	int error = content == NULL ? -ENOMEM :
				      status_file_write(supervisor->shared_memory_path, content);

	json_decref(content);
	if (error < 0 && !supervisor->publish_failed)
		log_event(LOG_WARNING, "not-published", NULL, "%s cannot be written: %s",
		    supervisor->shared_memory_path, strerror(-error));
	supervisor->publish_failed = error < 0;
}

/* "logd running, tickd running, analysisd starting". */
static void
describe(const struct supervisor *supervisor, char line[static 128])
{
	size_t used = 0;

	for (int i = 0; i < CHILD_COUNT && used < 128; i++) {
		const struct child *child = &supervisor->children.list[i];

		used += (size_t)snprintf(line + used, 128 - used, "%s%s %s", i == 0 ? "" : ", ",
		    child->name, child_state_name(child_state(child)));
	}
}

static void
on_changed(void *context)
{
	struct supervisor *supervisor = context;
	char line[128];

	publish(supervisor);
	describe(supervisor, line);
	notify_status(line);
}

static void
on_tick(uv_timer_t *timer)
{
	struct supervisor *supervisor = timer->data;
	int64_t now_us = clock_monotonic_us();

	notify_watchdog();
	if (now_us < supervisor->next_sample_us)
		return;
	supervisor->next_sample_us = now_us + (TICK_MS - 50) * CLOCK_MS_US;
	(void)strangers_reap(&supervisor->children);
	overview_sample(supervisor->overview);
	publish(supervisor);
}

static void
start_ticking(struct supervisor *supervisor)
{
	int64_t watchdog_ms = notify_watchdog_us() / CLOCK_MS_US;
	uint64_t period_ms = TICK_MS;

	if (watchdog_ms > 0 && watchdog_ms / 3 < TICK_MS)
		period_ms = watchdog_ms < 30 ? 10 : (uint64_t)watchdog_ms / 3;
	uv_timer_start(&supervisor->tick, on_tick, 0, period_ms);
}

/* ---- what the children tell ---- */

static void
on_notification(void *context, const struct notification *notification)
{
	struct supervisor *supervisor = context;
	struct child *child = children_by_pid(&supervisor->children, notification->pid);

	if (child == NULL)
		log_event(LOG_DEBUG, "notification-ignored", NULL,
		    "a notification of pid %d, which is no child of ours", (int)notification->pid);
	else
		child_notified(child, notification);
}

static void
on_settled(void *context)
{
	struct supervisor *supervisor = context;
	char line[128];

	describe(supervisor, line);
	log_event(LOG_INFO, "supervisor-ready", NULL, "%s", line);
	notify_ready(line);
	publish(supervisor);
}

/* ---- the end ---- */

static void
close_handles(struct supervisor *supervisor)
{
	for (int i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&supervisor->signals[i], NULL);
	uv_close((uv_handle_t *)&supervisor->tick, NULL);
	uv_close((uv_handle_t *)&supervisor->farewell, NULL);
	control_server_close(supervisor->control);
	notify_socket_close(supervisor->notify);
	children_finish(&supervisor->children);
}

static void
on_farewell(uv_timer_t *timer)
{
	close_handles(timer->data);
}

/* The one who asked us to stop gets his answer before its socket is closed. */
static void
on_gone(void *context)
{
	struct supervisor *supervisor = context;

	log_event(LOG_INFO, "stopped", NULL, "all children have ended");
	publish(supervisor);
	uv_timer_start(&supervisor->farewell, on_farewell, 0, 0);
}

static void
stop(struct supervisor *supervisor, const char *why)
{
	switch (supervisor->stops++) {
	case 0:
		log_event(LOG_INFO, "stopping", NULL, "stopping on %s", why);
		notify_stopping();
		children_stop(&supervisor->children);
		return;
	case 1:
		log_event(LOG_WARNING, "stop-now", NULL, "asked to stop a second time: killing");
		supervisor->exit_status = EX_TEMPFAIL;
		children_kill(&supervisor->children);
		return;
	default:
		_exit(EX_TEMPFAIL);
	}
}

static void
on_stop_command(void *context)
{
	struct supervisor *supervisor = context;

	if (supervisor->stops == 0)
		stop(supervisor, "a command");
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct supervisor *supervisor = handle->data;

	if (number == SIGHUP)
		log_event(LOG_NOTICE, "reload-ignored", NULL,
		    "SIGHUP is ignored: settings are read at the start only");
	else
		stop(supervisor, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

/* ---- setting up ---- */

/* Our children are handed what is theirs by number: nothing else of ours, or of whoever started
 * us, is to reach them. */
static void
prepare_process(void)
{
	(void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	(void)signal(SIGPIPE, SIG_IGN);
	umask(027);
}

static int
find_paths(struct supervisor *supervisor, struct problem *problem)
{
	const char *runtime = supervisor->settings->paths.runtime_dir;
	ssize_t length = readlink("/proc/self/exe", supervisor->directory,
	    sizeof(supervisor->directory) - 1);
	char *slash;

	if (length < 0)
		return problem_set(problem, -errno, "/proc/self/exe cannot be read: %s",
		    strerror(errno));
	supervisor->directory[length] = '\0';
	slash = strrchr(supervisor->directory, '/');
	assert(slash != NULL);
	*slash = '\0';
	/* The settings keep runtime_dir far below PATH_MAX, for the sake of sockets. */
	snprintf(supervisor->notify_path, PATH_MAX, "%s/notify.sock", runtime);
	snprintf(supervisor->control_path, PATH_MAX, "%s/control.sock", runtime);
	snprintf(supervisor->shared_memory_path, PATH_MAX, "%s/shared_memory.json", runtime);
	return directory_make(runtime, 0755, problem);
}

static int
take_lease(struct supervisor *supervisor, struct problem *problem)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/supervisor.lease",
	    supervisor->settings->paths.runtime_dir);
	return lease_take(path, access_role_name(ROLE_SUPERVISOR), &supervisor->lease, problem);
}

/* The address with the port that was really given, for port 0. */
static void
say_listening(int fd, const char *child)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char host[64] = "?";
	int port = 0;

	memset(&address, 0, sizeof(address));
	if (getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
		(void)uv_ip_name((struct sockaddr *)&address, host, sizeof(host));
		port = ntohs(address.ss_family == AF_INET6 ?
			((struct sockaddr_in6 *)&address)->sin6_port :
			((struct sockaddr_in *)&address)->sin_port);
	}
	log_event(LOG_INFO, "listening", NULL, "listening on %s port %d for %s", host, port, child);
}

/* Where that child listens; NULL where it does not. */
static const char *
listens_at(const struct settings *settings, enum child_id child)
{
	switch (child) {
	case CHILD_LOGD:
		return settings->api.listen;
	case CHILD_TICKD:
		return settings->mt5.enabled ? settings->mt5.listen : NULL;
	case CHILD_ANALYSISD:
	case CHILD_COUNT:
		break;
	}
	return NULL;
}

static int
open_sockets(struct supervisor *supervisor, struct problem *problem)
{
	int error = 0;

	for (enum child_id i = 0; i < CHILD_COUNT && error == 0; i++) {
		const char *listen_at = listens_at(supervisor->settings, i);

		if (listen_at != NULL)
			error = listen_open(listen_at, &supervisor->listen_fds[i], problem);
	}
	return error;
}

static void
say_all_listening(const struct supervisor *supervisor)
{
	for (enum child_id i = 0; i < CHILD_COUNT; i++)
		if (supervisor->listen_fds[i] >= 0)
			say_listening(supervisor->listen_fds[i], children_name(i));
}

/* Everything that the kernel gives, in this order: the lease keeps a second one off the rest. */
static int
acquire(struct supervisor *supervisor, struct problem *problem)
{
	int error = find_paths(supervisor, problem);

	if (error == 0)
		error = take_lease(supervisor, problem);
	if (error == 0)
		error = open_sockets(supervisor, problem);
	if (error == 0 && pipe2(supervisor->lifeline, O_CLOEXEC) < 0)
		error = problem_set(problem, -errno, "no pipe: %s", strerror(errno));
	if (error == 0)
		say_all_listening(supervisor);
	return error;
}

static void
release(struct supervisor *supervisor)
{
	overview_free(supervisor->overview);
	for (int i = 0; i < 2; i++)
		if (supervisor->lifeline[i] >= 0)
			close(supervisor->lifeline[i]);
	for (int i = 0; i < CHILD_COUNT; i++)
		if (supervisor->listen_fds[i] >= 0)
			close(supervisor->listen_fds[i]);
	lease_release(supervisor->lease);
}

static int
watch_signals(struct supervisor *supervisor)
{
	static const int numbers[SIGNALS] = {[ON_TERM] = SIGTERM, [ON_INT] = SIGINT,
		[ON_HUP] = SIGHUP};
	int error = 0;

	for (int i = 0; i < SIGNALS; i++) {
		(void)uv_signal_init(&supervisor->loop, &supervisor->signals[i]);
		supervisor->signals[i].data = supervisor;
		if (error == 0)
			error = uv_signal_start(&supervisor->signals[i], on_signal, numbers[i]);
	}
	return error;
}

static void
make_children(struct supervisor *supervisor)
{
	const struct child_surroundings around = {.loop = &supervisor->loop,
		.settings = supervisor->settings, .directory = supervisor->directory,
		.notify_path = supervisor->notify_path, .notify = supervisor->notify,
		.lifeline_fd = supervisor->lifeline[0]};
	const struct children_hooks hooks = {.changed = on_changed, .settled = on_settled,
		.gone = on_gone, .context = supervisor};

	children_init(&supervisor->children, &around, supervisor->listen_fds, &hooks);
}

/* Handles on the loop.  In every case close_handles() may be called after it. */
static int
set_up(struct supervisor *supervisor, struct problem *problem)
{
	int error = watch_signals(supervisor);

	if (error < 0)
		problem_set(problem, error, "signals cannot be watched: %s", strerror(-error));
	(void)uv_timer_init(&supervisor->loop, &supervisor->tick);
	(void)uv_timer_init(&supervisor->loop, &supervisor->farewell);
	supervisor->tick.data = supervisor->farewell.data = supervisor;
	if (error == 0)
		error = notify_socket_create(&supervisor->notify, &supervisor->loop,
		    supervisor->notify_path, on_notification, supervisor, problem);
	make_children(supervisor);
	supervisor->overview = overview_create(supervisor->settings, &supervisor->children);
	if (error == 0 && supervisor->overview == NULL)
		error = problem_set(problem, -ENOMEM, "out of memory");
	supervisor->commands = (struct commands){.children = &supervisor->children,
		.overview = supervisor->overview, .stop = on_stop_command, .context = supervisor};
	if (error == 0)
		error = control_server_create(&supervisor->control, &supervisor->loop,
		    supervisor->control_path, commands_answer, &supervisor->commands, problem);
	return error;
}

static int
run_loop(struct supervisor *supervisor, struct problem *problem)
{
	int error = uv_loop_init(&supervisor->loop), closed;

	if (error < 0)
		return problem_set(problem, error, "no event loop: %s", strerror(-error));
	error = set_up(supervisor, problem);
	if (error < 0) {
		close_handles(supervisor);
	} else {
		start_ticking(supervisor);
		children_start(&supervisor->children);
	}
	(void)uv_run(&supervisor->loop, UV_RUN_DEFAULT);
	closed = uv_loop_close(&supervisor->loop);
	assert(closed == 0);
	(void)closed;
	return error;
}

int
supervisor_run(const struct settings *settings)
{
	struct supervisor supervisor = {
		.settings = settings, .listen_fds = {-1, -1, -1}, .lifeline = {-1, -1}};
	struct problem problem;
	int error;

	prepare_process();
	error = acquire(&supervisor, &problem);
	if (error == 0)
		error = run_loop(&supervisor, &problem);
	release(&supervisor);
	if (error < 0) {
		log_event(LOG_ERR, "not-started", NULL, "%s", problem.text);
		return program_exit_status(error);
	}
	return supervisor.exit_status;
}
