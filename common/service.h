/*
 * What every daemon of ours does on its loop, whatever its work: signals, the lifeline to the
 * supervisor, signs of life, status.json once a second, and an orderly end.
 *
 *   service_start()   makes STATE/<name> and RUNTIME/<name>, watches signals
 *   ... the daemon sets itself up on service_loop() ...
 *   service_ready()   READY=1; from now on status.json is written
 *   service_run()     until service_stop() has been called and every handle is closed
 *   service_finish()
 */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "common/access.h"
#include "common/database.h"
#include "common/problem.h"
#include "common/settings.h"

/* The supervisor hands its lifeline (a pipe that only its death closes) to a child by this name. */
#define SERVICE_LIFELINE_VARIABLE "TRADING_LIFELINE_FD"

struct service;

struct service_hooks {
	/* Called once, at SIGTERM, SIGINT or the supervisor's death: close every handle. */
	void (*stop)(void *context);
	/* Adds the daemon's own figures to its status.json, each second.  May be NULL. */
	void (*status)(void *context, json_t *status);
	/* False while the daemon cannot do its work: no sign of life then.  May be NULL. */
	bool (*alive)(void *context);
	void *context;
};

/* The loop and the service live until service_finish().  `name` and `settings` are borrowed. */
__attribute__((warn_unused_result)) int
service_start(struct service **ret, const char *name, const struct settings *settings,
    const struct service_hooks *hooks, struct problem *problem);

uv_loop_t *
service_loop(struct service *service);

/* One line for people: STATUS= and status.json's "status".  Copied. */
void
service_set_status(struct service *service, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* status.json's "state" while running: "running" or "degraded". */
void
service_set_degraded(struct service *service, bool degraded);

void
service_ready(struct service *service);

/* Runs the loop to its end.  Returns the exit status: 0, or what service_fail() said. */
int
service_run(struct service *service);

/* Stops from inside, as a signal would. */
void
service_stop(struct service *service);

/* Stops from inside with an exit status of sysexits.h. */
void
service_fail(struct service *service, int exit_status);

bool
service_stopping(const struct service *service);

void
service_finish(struct service *service);

/* status.json's entry of one open database: adds databases.KEY (see status_file.h). */
void
service_add_database(json_t *status, enum database_id id, const struct database *db, int64_t rows);

#endif
