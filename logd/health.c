#define _GNU_SOURCE
#include "logd/health.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/clock.h"
#include "common/status_file.h"
#include "logd/health_databases.h"
#include "logd/health_feeds.h"
#include "logd/health_processes.h"
#include "logd/health_terminals.h"
#include "logd/health_trades.h"

struct health {
	const struct settings *settings;
	struct readers *readers;
	int64_t measured_us; /* monotonic; 0: never */
	bool ok;
	json_t *report, *databases, *shared_memory, *tickd;
	struct feed_watch watch;
};

struct health *
health_create(const struct settings *settings, struct readers *readers)
{
	struct health *health = calloc(1, sizeof(*health));

	if (health == NULL)
		return NULL;
	health->settings = settings;
	health->readers = readers;
	return health;
}

static void
forget(struct health *health)
{
	json_decref(health->report);
	json_decref(health->databases);
	json_decref(health->shared_memory);
	json_decref(health->tickd);
	health->report = health->databases = health->shared_memory = health->tickd = NULL;
}

void
health_free(struct health *health)
{
	forget(health);
	free(health);
}

/* RUNTIME/<name>, or an empty object where there is none: then nothing is known of it. */
static json_t *
read_runtime_file(const struct health *health, const char *name)
{
	char path[PATH_MAX];
	json_t *content = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", health->settings->paths.runtime_dir, name) >=
		(int)sizeof(path) || status_file_read(path, &content) < 0)
		return json_object();
	return content;
}

static json_t *
measure_disk(const struct health *health)
{
	const char *path = health->settings->paths.state_dir;
	struct statvfs disk;
	int64_t free_bytes, size_bytes;
	double free_percent;
	bool ok;

	if (statvfs(path, &disk) < 0)
		return json_pack("{s:b, s:s, s:s}", "ok", 0, "status", "unreadable", "problem",
		    strerror(errno));
	free_bytes = (int64_t)(disk.f_bavail * disk.f_frsize);
	size_bytes = (int64_t)(disk.f_blocks * disk.f_frsize);
	free_percent = size_bytes > 0 ? 100.0 * (double)free_bytes / (double)size_bytes : 0;
	ok = free_percent >= HEALTH_DISK_FREE_PERCENT || free_bytes >= HEALTH_DISK_FREE_BYTES;
	return json_pack("{s:b, s:s, s:I, s:I, s:f}", "ok", ok, "status", ok ? "ok" : "full",
	    "free_bytes", (json_int_t)free_bytes, "size_bytes", (json_int_t)size_bytes,
	    "free_percent", free_percent);
}

static bool
all_ok(json_t *components)
{
	const char *name;
	json_t *component;

	json_object_foreach(components, name, component)
		if (!json_is_true(json_object_get(component, "ok")))
			return false;
	return true;
}

static json_t *
compose(struct health *health, json_t *components)
{
	char now[CLOCK_TEXT_SIZE];

	return json_pack("{s:b, s:s, s:o, s:o}", "ok", health->ok, "timestamp",
	    clock_format(clock_wall_us(), 3, now), "components", components,
	    "access_permissions", health_databases_permissions(health->databases));
}

static void
measure(struct health *health)
{
	json_t *components = json_object(), *tickd;
	json_t *analysisd = read_runtime_file(health, "analysisd/status.json");
	json_t *logd = read_runtime_file(health, "logd/status.json");

	forget(health);
	health->tickd = tickd = read_runtime_file(health, "tickd/status.json");
	health->shared_memory = read_runtime_file(health, "shared_memory.json");
	health->databases = health_databases_measure(health->readers,
	    health->settings->paths.state_dir, tickd, analysisd, logd);
	health_processes_measure(components, health->shared_memory, tickd, analysisd, logd);
	json_object_update(components, health->databases);
	health_feeds_measure(components, health->readers, health->settings, &health->watch, tickd);
	health_terminals_measure(components, health->readers, health->settings, tickd);
	health_trades_measure(components, health->readers);
	json_object_set_new(components, "disk", measure_disk(health));
	health->ok = all_ok(components);
	health->report = compose(health, components);
	json_decref(analysisd);
	json_decref(logd);
}

void
health_refresh(struct health *health)
{
	int64_t now_us = clock_monotonic_us();

	if (health->measured_us != 0 && now_us - health->measured_us < HEALTH_FRESH_US)
		return;
	measure(health);
	health->measured_us = now_us;
}

bool
health_ok(const struct health *health)
{
	return health->ok;
}

json_t *
health_report(const struct health *health)
{
	return health->report;
}

json_t *
health_tickd(const struct health *health)
{
	return health->tickd;
}

bool
health_status_is_fresh(const json_t *status)
{
	return clock_wall_us() - json_integer_value(json_object_get(status, "updated_us")) <
	    HEALTH_STATUS_STALE_US;
}

json_t *
health_databases(const struct health *health)
{
	return health->databases;
}

json_t *
health_shared_memory(const struct health *health)
{
	return health->shared_memory;
}
