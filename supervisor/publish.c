#include "supervisor/publish.h"

#include <string.h>

#include "common/program.h"

/* Epoch seconds, as readers of the predecessor expect them; 0 is null. */
static json_t *
epoch(int64_t time_us)
{
	return time_us == 0 ? json_null() : json_real((double)time_us / 1e6);
}

static json_t *
figure(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

/* Also null for what a child wrote that is no UTF-8. */
static json_t *
text(const char *value)
{
	json_t *string = value == NULL || value[0] == '\0' ? NULL : json_string(value);

	return string == NULL ? json_null() : string;
}

static json_t *
active_processes(const struct published *published)
{
	json_t *list = json_array();

	for (int i = 0; i < CHILD_COUNT; i++) {
		const struct published_process *process = &published->processes[i];

		if (process->pid > 0)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:i, s:o}", "type", process->type, "name",
				process->name, "pid", process->pid, "last_seen",
				epoch(process->last_seen_us)));
	}
	return list;
}

static json_t *
processes(const struct published *published)
{
	json_t *all = json_object();

	for (int i = 0; i < CHILD_COUNT; i++) {
		const struct published_process *process = &published->processes[i];

		json_object_set_new(all, process->name,
		    json_pack("{s:s, s:o, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "state",
			process->state, "pid", process->pid > 0 ? json_integer(process->pid) :
								  json_null(),
			"user", process->user, "started", epoch(process->started_us), "restarts",
			(json_int_t)process->restarts, "last_exit", text(process->last_exit),
			"next_attempt", epoch(process->next_attempt_us), "rss_bytes",
			figure(process->rss_bytes), "cpu_percent",
			process->cpu_percent < 0 ? json_null() : json_real(process->cpu_percent),
			"status", text(process->status)));
	}
	return all;
}

/* The value as it is, or null where tickd does not say. */
static json_t *
as_told(const json_t *feed, const char *key)
{
	json_t *value = json_object_get(feed, key);

	return json_is_number(value) ? json_incref(value) : json_null();
}

static json_t *
feed_entry(const json_t *feed)
{
	json_int_t last_tick_us = json_integer_value(json_object_get(feed, "last_tick_us"));
	const char *state = json_string_value(json_object_get(feed, "state"));

	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "state", state == NULL ? "unknown" : state,
	    "last_tick", epoch(last_tick_us), "ticks_per_second", as_told(feed, "ticks_per_second"),
	    "lag_ms", as_told(feed, "lag_ms"), "gaps", as_told(feed, "gaps"));
}

static json_t *
feeds(const struct published *published)
{
	json_t *all = json_object();
	const json_t *feed;
	size_t i;

	json_array_foreach(published->feeds, i, feed) {
		const char *name = json_string_value(json_object_get(feed, "name"));

		if (name != NULL)
			json_object_set_new(all, name, feed_entry(feed));
	}
	return all;
}

static json_t *
database_locks(const struct published *published)
{
	json_t *all = json_object();

	for (int i = 0; i < DATABASE_COUNT; i++)
		json_object_set_new(all, access_database_key((enum database_id)i),
		    text(published->databases[i].holder));
	return all;
}

static json_t *
databases(const struct published *published)
{
	json_t *all = json_object();

	for (int i = 0; i < DATABASE_COUNT; i++) {
		const struct published_database *database = &published->databases[i];

		json_object_set_new(all, access_database_key((enum database_id)i),
		    json_pack("{s:o, s:o, s:o, s:o}", "size_bytes", figure(database->size_bytes),
			"wal_bytes", figure(database->wal_bytes), "rows", figure(database->rows),
			"owner_pid",
			database->owner_pid > 0 ? json_integer(database->owner_pid) : json_null()));
	}
	return all;
}

json_t *
publish_compose(const struct published *published)
{
	int64_t ticks = published->databases[DATABASE_TICKS].rows;

	return json_pack("{s:o, s:I, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "last_update",
	    epoch(published->now_us), "tick_count", (json_int_t)(ticks < 0 ? 0 : ticks),
	    "system_status", published->system_status, "active_processes",
	    active_processes(published), "database_locks", database_locks(published), "version",
	    PROGRAM_VERSION, "processes", processes(published), "feeds", feeds(published),
	    "databases", databases(published));
}
