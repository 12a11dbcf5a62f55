#define _GNU_SOURCE
#include "logd/logd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/listen.h"
#include "common/log.h"
#include "common/service.h"
#include "logd/health.h"
#include "logd/health_log.h"
#include "logd/http_server.h"
#include "logd/log_writer.h"
#include "logd/readers.h"
#include "logd/request_log.h"
#include "logd/routes.h"

#define HEALTH_PERIOD_MS 1000

struct logd {
	const struct settings *settings;
	struct service *service;
	struct log_writer *writer;
	struct readers *readers;
	struct health *health;
	struct health_log *health_log;
	struct http_server *http;
	uv_timer_t health_timer;
	int listen_fd;
	char address[64], url[96];
	struct api api;
};

/* ---- what the loop asks for ---- */

static void
on_request(void *context, struct request *request, struct answer *answer)
{
	struct logd *logd = context;

	routes_answer(&logd->api, request, answer);
}

static void
on_exchange(void *context, const struct http_exchange *exchange)
{
	struct logd *logd = context;

	request_log_add(logd->writer, exchange);
}

static void
on_health_timer(uv_timer_t *timer)
{
	struct logd *logd = timer->data;
	json_t *report;

	health_refresh(logd->health);
	report = health_report(logd->health);
	health_log_look(logd->health_log, json_object_get(report, "components"), clock_wall_us(),
	    clock_monotonic_us());
}

static void
on_stop(void *context)
{
	struct logd *logd = context;

	uv_close((uv_handle_t *)&logd->health_timer, NULL);
	http_server_close(logd->http);
}

/* ---- status.json ---- */

static void
add_own_database(struct logd *logd, json_t *status, const struct log_writer_figures *log)
{
	struct database *reader = NULL;
	struct problem problem;
	json_t *entry;

	if (readers_open(logd->readers, DATABASE_LOGS, &reader, &problem) < 0)
		return;
	service_add_database(status, DATABASE_LOGS, reader, log->rows);
	/* Sizes are any handle's to see; waits and failures are the writer's. */
	entry = json_object_get(json_object_get(status, "databases"),
	    access_database_key(DATABASE_LOGS));
	json_object_set_new(entry, "retries", json_integer(log->counters.retries));
	json_object_set_new(entry, "longest_wait_us", json_integer(log->counters.longest_wait_us));
	json_object_set_new(entry, "failures", json_integer(log->counters.failures));
	if (log->refused)
		json_object_set_new(entry, "failing",
		    json_string("system_logs.db refuses rows, which wait in memory"));
}

static void
on_status(void *context, json_t *status)
{
	struct logd *logd = context;
	struct http_server_figures http;
	struct log_writer_figures log;

	http_server_figures(logd->http, &http);
	log_writer_figures(logd->writer, &log);
	json_object_set_new(status, "api",
	    json_pack("{s:s, s:i, s:I, s:I, s:I, s:I}", "address", logd->address, "port",
		logd->api.port, "requests", (json_int_t)http.requests, "errors",
		(json_int_t)http.errors, "open_connections", (json_int_t)http.open_connections,
		"refused", (json_int_t)http.refused));
	json_object_set_new(status, "log",
	    json_pack("{s:I, s:I, s:I, s:I}", "written", (json_int_t)log.written, "lost",
		(json_int_t)log.lost, "waiting", (json_int_t)log.waiting, "deleted",
		(json_int_t)log.deleted));
	add_own_database(logd, status, &log);
	service_set_degraded(logd->service, log.refused);
	service_set_status(logd->service, "%s, %lld requests, %lld connections%s", logd->url,
	    (long long)http.requests, (long long)http.open_connections,
	    log.refused ? ", the log refuses rows" : "");
}

/* ---- setting up ---- */

/* The supervisor's socket if it hands one on, else our own. */
static int
open_listener(struct logd *logd, struct problem *problem)
{
	int error = listen_inherited(&logd->listen_fd);

	if (error == -ENOENT)
		return listen_open(logd->settings->api.listen, &logd->listen_fd, problem);
	if (error < 0)
		return problem_set(problem, error, LISTEN_VARIABLE " names no listening socket");
	return 0;
}

/* Where we really listen: port 0 in the settings is any free one. */
static int
read_address(struct logd *logd, struct problem *problem)
{
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	const void *address;

	memset(&bound, 0, sizeof(bound));
	if (getsockname(logd->listen_fd, (struct sockaddr *)&bound, &length) < 0)
		return problem_set(problem, -errno, "the listening socket has no address: %s",
		    strerror(errno));
	if (bound.ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&bound;

		address = &v6->sin6_addr;
		logd->api.port = ntohs(v6->sin6_port);
	} else {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)&bound;

		address = &v4->sin_addr;
		logd->api.port = ntohs(v4->sin_port);
	}
	inet_ntop(bound.ss_family, address, logd->address, sizeof(logd->address));
	logd->api.listen_address = logd->address;
	snprintf(logd->url, sizeof(logd->url),
	    bound.ss_family == AF_INET6 ? "http://[%s]:%d" : "http://%s:%d", logd->address,
	    logd->api.port);
	return 0;
}

static int
create_stages(struct logd *logd, struct problem *problem)
{
	logd->readers = readers_create(logd->settings->paths.state_dir,
	    logd->settings->api.query_time_us);
	if (logd->readers != NULL)
		logd->health = health_create(logd->settings, logd->readers);
	logd->health_log = health_log_create(logd->writer);
	if (logd->readers == NULL || logd->health == NULL || logd->health_log == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	logd->api.readers = logd->readers;
	logd->api.health = logd->health;
	logd->api.rows_max = (size_t)logd->settings->api.rows;
	return 0;
}

static void
free_stages(struct logd *logd)
{
	if (logd->health_log != NULL)
		health_log_free(logd->health_log);
	if (logd->health != NULL)
		health_free(logd->health);
	if (logd->readers != NULL)
		readers_free(logd->readers);
}

static int
serve(struct logd *logd, struct problem *problem)
{
	const struct http_server_hooks hooks = {on_request, on_exchange, logd};
	const struct http_server_limits limits = {logd->settings->api.connections,
		logd->settings->api.body_bytes};
	uv_loop_t *loop = service_loop(logd->service);
	int error = http_server_create(&logd->http, loop, logd->listen_fd, &limits, &hooks, problem);

	if (error < 0)
		return error;
	uv_timer_init(loop, &logd->health_timer);
	logd->health_timer.data = logd;
	uv_timer_start(&logd->health_timer, on_health_timer, 0, HEALTH_PERIOD_MS);
	return 0;
}

static int
start_writer(struct logd *logd, struct problem *problem)
{
	const int64_t keep_us[LOG_TABLES_COUNT] = {
		[LOG_CALLS] = logd->settings->retention.api_logs_us,
		[LOG_HEALTH] = logd->settings->retention.system_health_us,
	};

	return log_writer_start(&logd->writer, logd->settings->paths.state_dir, keep_us, problem);
}

static int
run(struct logd *logd, int *ret_status, struct problem *problem)
{
	int error = open_listener(logd, problem);

	if (error < 0)
		return error;
	error = read_address(logd, problem);
	if (error < 0)
		goto close_listener;
	error = start_writer(logd, problem);
	if (error < 0)
		goto close_listener;
	error = create_stages(logd, problem);
	if (error == 0)
		error = serve(logd, problem);
	if (error < 0)
		goto stop_writer;
	service_set_status(logd->service, "%s", logd->url);
	log_event(LOG_INFO, "ready", NULL, "serving on %s", logd->url);
	service_ready(logd->service);
	*ret_status = service_run(logd->service);
	http_server_free(logd->http);

stop_writer:
	free_stages(logd);
	log_writer_stop(logd->writer);
close_listener:
	close(logd->listen_fd);
	return error;
}

int
logd_run(const struct settings *settings, int *ret_status, struct problem *problem)
{
	struct logd logd = {.settings = settings, .listen_fd = -1};
	const struct service_hooks hooks = {.stop = on_stop, .status = on_status, .context = &logd};
	int error = service_start(&logd.service, "logd", settings, &hooks, problem);

	if (error < 0)
		return error;
	error = run(&logd, ret_status, problem);
	service_finish(logd.service);
	return error;
}
