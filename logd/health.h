/*
 * How the system is, measured: processes by what they publish and whether they live, databases
 * by opening and reading them and by who holds their leases, feeds and symbols by the age of
 * their newest tick, the disk by asking it.  A measurement serves for HEALTH_FRESH_US.
 */
#ifndef LOGD_HEALTH_H
#define LOGD_HEALTH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "logd/readers.h"

#define HEALTH_FRESH_US 1000000	      /* a measurement is taken again after this */
#define HEALTH_STALE_US 60000000      /* a live symbol without a tick for so long is stale */
#define HEALTH_STATUS_STALE_US 5000000 /* a status file older than this is of the past */
#define HEALTH_DISK_FREE_PERCENT 10   /* less is a full disk, unless it is still ... */
#define HEALTH_DISK_FREE_BYTES (INT64_C(20) << 30) /* ... so much */

struct health;

/* Both are borrowed.  NULL when out of memory. */
struct health *
health_create(const struct settings *settings, struct readers *readers);

void
health_free(struct health *health);

/* Measures, unless the last measurement still serves. */
void
health_refresh(struct health *health);

/* True when all is well. */
bool
health_ok(const struct health *health);

/*
 * All of these are borrowed, objects, and valid until the next health_refresh().
 * The whole: ok, timestamp, components {NAME: {ok, status, ...}}, access_permissions.
 */
json_t *
health_report(const struct health *health);

/* tickd's status file as it was read; an empty object where there is none. */
json_t *
health_tickd(const struct health *health);

/* True when a status file is of the present. */
bool
health_status_is_fresh(const json_t *status);

/* main_db, analysis_db, logs_db: ok, status, size_bytes, wal_bytes, owner, ... */
json_t *
health_databases(const struct health *health);

/* What the supervisor publishes, null while there is nothing. */
json_t *
health_shared_memory(const struct health *health);

#endif
