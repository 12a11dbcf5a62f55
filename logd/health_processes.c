#include "logd/health_processes.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "logd/health.h"

static bool
lives(json_int_t pid)
{
	return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static bool
is_recent(int64_t then_us)
{
	return clock_wall_us() - then_us < HEALTH_STATUS_STALE_US;
}

static bool
is_published(const json_t *shared_memory)
{
	double last_update = json_number_value(json_object_get(shared_memory, "last_update"));

	return is_recent((int64_t)(last_update * 1e6));
}

/* What a daemon without a supervisor says of itself, if it is still there to say it. */
static json_t *
by_own_word(const json_t *status)
{
	const char *state = json_string_value(json_object_get(status, "state"));
	json_int_t pid = json_integer_value(json_object_get(status, "pid"));
	bool alive = state != NULL && lives(pid) &&
	    is_recent(json_integer_value(json_object_get(status, "updated_us")));
	const char *said = json_string_value(json_object_get(status, "status"));

	if (!alive)
		return json_pack("{s:b, s:s}", "ok", 0, "status", "stopped");
	return json_pack("{s:b, s:s, s:I, s:s}", "ok", strcmp(state, "running") == 0, "status",
	    state, "pid", pid, "says", said == NULL ? "" : said);
}

/* The supervisor knows whether it lives, the daemon whether it can do its work. */
static json_t *
by_supervisor(const json_t *process, const json_t *status)
{
	const char *state = json_string_value(json_object_get(process, "state"));
	const char *own = json_string_value(json_object_get(status, "state"));
	json_t *component;

	if (state == NULL)
		state = "unknown";
	if (strcmp(state, "running") == 0 && own != NULL && strcmp(own, "degraded") == 0)
		state = own;
	component = json_pack("{s:b, s:s}", "ok", strcmp(state, "running") == 0, "status", state);
	for (const char *const *key = (const char *const[]){"pid", "restarts", "last_exit", NULL};
	     *key != NULL; key++) {
		json_t *value = json_object_get(process, *key);

		if (value != NULL)
			json_object_set(component, *key, value);
	}
	if (strcmp(state, "degraded") == 0 && json_object_get(status, "status") != NULL)
		json_object_set(component, "says", json_object_get(status, "status"));
	return component;
}

static void
add(json_t *components, const char *name, const json_t *shared_memory, const json_t *status)
{
	json_t *process = json_object_get(json_object_get(shared_memory, "processes"), name);

	json_object_set_new(components, name, is_published(shared_memory) && process != NULL ?
	    by_supervisor(process, status) : by_own_word(status));
}

/* Who measures here is running, whatever was last published of it; but maybe not as it should. */
static const char *
own_state(const json_t *status)
{
	const char *state = json_string_value(json_object_get(status, "state"));

	return state != NULL && json_integer_value(json_object_get(status, "pid")) == getpid() &&
	    strcmp(state, "degraded") == 0 ? state : "running";
}

void
health_processes_measure(json_t *components, const json_t *shared_memory, const json_t *tickd,
    const json_t *analysisd, const json_t *logd)
{
	bool supervised = is_published(shared_memory);
	json_t *self = json_pack("{s:s, s:I, s:I, s:O*}", "state", own_state(logd), "pid",
	    (json_int_t)getpid(), "updated_us", (json_int_t)clock_wall_us(), "status",
	    json_object_get(logd, "status"));

	json_object_set_new(components, "trading-supervisor",
	    json_pack("{s:b, s:s}", "ok", supervised, "status", supervised ? "running" : "absent"));
	add(components, "tickd", shared_memory, tickd);
	add(components, "analysisd", shared_memory, analysisd);
	json_object_set_new(components, "logd", by_own_word(self));
	json_decref(self);
}
