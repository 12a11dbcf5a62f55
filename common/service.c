#define _GNU_SOURCE
#include "common/service.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/directory.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/program.h"
#include "common/status_file.h"

#define TICK_MS 1000 /* status.json, and the slowest sign of life */

struct service {
	uv_loop_t loop;
	uv_signal_t signals[2];
	uv_timer_t timer;
	uv_poll_t lifeline;
	bool has_lifeline, ready, stopping, degraded, status_failed;
	int exit_status;
	int lifeline_fd;
	const char *name;
	struct service_hooks hooks;
	int64_t started_us, next_status_us;
	char status[256];
	char status_path[PATH_MAX];
};

/* Makes BASE/<name>, 0750. */
static int
make_own_directory(const char *base, const char *name, struct problem *problem)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", base, name) >= (int)sizeof(path))
		return problem_set(problem, -ENAMETOOLONG, "%.200s...: the path is too long", base);
	return directory_make(path, 0750, problem);
}

/* ---- stopping ---- */

static void
close_own_handles(struct service *service)
{
	for (int i = 0; i < 2; i++)
		uv_unref((uv_handle_t *)&service->signals[i]);
	uv_close((uv_handle_t *)&service->timer, NULL);
	if (service->has_lifeline)
		uv_close((uv_handle_t *)&service->lifeline, NULL);
}

void
service_stop(struct service *service)
{
	if (service->stopping)
		return;
	service->stopping = true;
	notify_stopping();
	close_own_handles(service);
	service->hooks.stop(service->hooks.context);
}

void
service_fail(struct service *service, int exit_status)
{
	if (service->exit_status == 0)
		service->exit_status = exit_status;
	service_stop(service);
}

bool
service_stopping(const struct service *service)
{
	return service->stopping;
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct service *service = handle->data;

	if (service->stopping) {
		log_event(LOG_WARNING, "stop-now", NULL, "asked to stop a second time: leaving at once");
		_exit(EX_TEMPFAIL);
	}
	log_event(LOG_INFO, "stopping", NULL, "stopping on %s",
	    number == SIGTERM ? "SIGTERM" : "SIGINT");
	service_stop(service);
}

static void
on_lifeline(uv_poll_t *handle, int status, int events)
{
	struct service *service = handle->data;

	log_event(LOG_WARNING, "orphaned", NULL, "the supervisor is gone: stopping");
	service_stop(service);
}

static int
watch_lifeline(struct service *service)
{
	const char *named = getenv(SERVICE_LIFELINE_VARIABLE);

	if (named == NULL)
		return 0;
	service->lifeline_fd = atoi(named);
	unsetenv(SERVICE_LIFELINE_VARIABLE);
	if (uv_poll_init(&service->loop, &service->lifeline, service->lifeline_fd) < 0)
		return -EBADF;
	service->has_lifeline = true;
	service->lifeline.data = service;
	/* Nothing is ever written to it: readable means the other end is closed. */
	return uv_poll_start(&service->lifeline, UV_READABLE | UV_DISCONNECT, on_lifeline);
}

/* ---- signs of life and status ---- */

void
service_add_database(json_t *status, enum database_id id, const struct database *db, int64_t rows)
{
	const struct database_counters *counters = database_counters(db);
	json_t *databases = json_object_get(status, "databases");

	if (databases == NULL) {
		databases = json_object();
		json_object_set_new(status, "databases", databases);
	}
	json_object_set_new(databases, access_database_key(id),
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "size_bytes",
		(json_int_t)database_size_bytes(db), "wal_bytes",
		(json_int_t)database_wal_bytes(db), "rows", (json_int_t)rows, "retries",
		(json_int_t)counters->retries, "longest_wait_us",
		(json_int_t)counters->longest_wait_us, "failures",
		(json_int_t)counters->failures));
}

/* The common part, after the daemon's own: what it says of its state goes in as it is now. */
static int
add_common(const struct service *service, json_t *status)
{
	const char *state = service->stopping ? "stopping" :
	    !service->ready		      ? "starting" :
	    service->degraded		      ? "degraded" :
						"running";
	json_t *common = json_pack("{s:s, s:s, s:i, s:I, s:I, s:s, s:s}", "program", service->name,
	    "version", PROGRAM_VERSION, "pid", (int)getpid(), "started_us",
	    (json_int_t)service->started_us, "updated_us", (json_int_t)clock_wall_us(), "state",
	    state, "status", service->status);
	int error = common == NULL ? -1 : json_object_update(status, common);

	json_decref(common);
	return error < 0 ? -ENOMEM : 0;
}

static void
write_status(struct service *service)
{
	json_t *status = json_object();
	int error;

	if (service->hooks.status != NULL && status != NULL)
		service->hooks.status(service->hooks.context, status);
	error = status == NULL ? -ENOMEM : add_common(service, status);
	if (error == 0)
		error = status_file_write(service->status_path, status);
	json_decref(status);
	if (error < 0 && !service->status_failed)
		log_event(LOG_WARNING, "status-not-written", NULL, "%s: %s", service->status_path,
		    strerror(-error));
	service->status_failed = error < 0;
}

static void
on_timer(uv_timer_t *timer)
{
	struct service *service = timer->data;
	int64_t now_us = clock_monotonic_us();

	if (service->hooks.alive == NULL || service->hooks.alive(service->hooks.context))
		notify_watchdog();
	if (now_us >= service->next_status_us) {
		write_status(service);
		notify_status(service->status);
		service->next_status_us = now_us + TICK_MS * CLOCK_MS_US - 50 * CLOCK_MS_US;
	}
}

void
service_set_status(struct service *service, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(service->status, sizeof(service->status), format, arguments);
	va_end(arguments);
}

void
service_set_degraded(struct service *service, bool degraded)
{
	service->degraded = degraded;
}

void
service_ready(struct service *service)
{
	int64_t watchdog_ms = notify_watchdog_us() / CLOCK_MS_US;
	uint64_t period = TICK_MS;

	if (watchdog_ms > 0 && watchdog_ms / 3 < TICK_MS)
		period = watchdog_ms < 30 ? 10 : (uint64_t)watchdog_ms / 3;
	service->ready = true;
	write_status(service);
	notify_ready(service->status);
	uv_timer_start(&service->timer, on_timer, 0, period);
}

/* ---- the whole ---- */

static int
watch_signals(struct service *service)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		int error = uv_signal_init(&service->loop, &service->signals[i]);

		if (error == 0)
			error = uv_signal_start(&service->signals[i], on_signal, numbers[i]);
		if (error < 0)
			return error;
		service->signals[i].data = service;
	}
	return 0;
}

int
service_start(struct service **ret, const char *name, const struct settings *settings,
    const struct service_hooks *hooks, struct problem *problem)
{
	struct service *service = calloc(1, sizeof(*service));
	int error;

	if (service == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	umask(027);
	service->name = name;
	service->hooks = *hooks;
	service->started_us = clock_wall_us();
	snprintf(service->status, sizeof(service->status), "starting");
	error = make_own_directory(settings->paths.state_dir, name, problem);
	if (error == 0)
		error = make_own_directory(settings->paths.runtime_dir, name, problem);
	if (error < 0)
		goto free_service;
	if (snprintf(service->status_path, sizeof(service->status_path), "%s/%s/status.json",
		settings->paths.runtime_dir, name) >= (int)sizeof(service->status_path)) {
		error = problem_set(problem, -ENAMETOOLONG, "%s: the path is too long",
		    settings->paths.runtime_dir);
		goto free_service;
	}
	error = uv_loop_init(&service->loop);
	if (error < 0) {
		problem_set(problem, error, "no event loop: %s", strerror(-error));
		goto free_service;
	}
	uv_timer_init(&service->loop, &service->timer);
	service->timer.data = service;
	error = watch_signals(service);
	if (error == 0)
		error = watch_lifeline(service);
	if (error < 0) {
		/* Handles of a loop that never ran: the process is about to leave. */
		problem_set(problem, error, "signals cannot be watched: %s", strerror(-error));
		return error;
	}
	*ret = service;
	return 0;

free_service:
	free(service);
	return error;
}

uv_loop_t *
service_loop(struct service *service)
{
	return &service->loop;
}

int
service_run(struct service *service)
{
	uv_run(&service->loop, UV_RUN_DEFAULT);
	return service->exit_status;
}

void
service_finish(struct service *service)
{
	int error;

	if (!service->stopping) /* set-up failed half-way: nothing was ever run */
		close_own_handles(service);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&service->signals[i], NULL);
	uv_run(&service->loop, UV_RUN_DEFAULT);
	error = uv_loop_close(&service->loop);
	assert(error == 0);
	(void)error;
	unlink(service->status_path);
	free(service);
}
