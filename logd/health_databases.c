#include "logd/health_databases.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/lease.h"

/* Who holds the writer lease now, as JSON; null for nobody. */
static json_t *
owner(enum database_id id, const char *state_dir)
{
	char path[ACCESS_PATH_SIZE], lease[ACCESS_PATH_SIZE + 8], holder[LEASE_HOLDER_SIZE];
	int pid;

	if (access_database_path(id, state_dir, path) < 0)
		return json_null();
	snprintf(lease, sizeof(lease), "%s.lease", path);
	return lease_holder(lease, holder, &pid) == 1 ? json_string(holder) : json_null();
}

/* Our own database is written by this process, on its log thread; the others are only read. */
static const char *
access_of(enum database_id id)
{
	return access_allows(ROLE_LOGD, id, ACCESS_WRITE) ? "READ + WRITE" : "READ";
}

static const char *
status_of(int error, bool owned, const char *failing)
{
	if (error == -ENOENT)
		return "missing";
	if (error < 0)
		return "unreadable";
	if (!owned)
		return "no writer";
	return failing != NULL ? "not written" : "ok";
}

/* Reads one thing for real: a handle that opened once may have lost its file. */
static int
try_reading(struct readers *readers, enum database_id id, struct database **ret,
    struct problem *problem)
{
	int64_t version;
	int error = readers_open(readers, id, ret, problem);

	if (error < 0)
		return error;
	error = database_data_version(*ret, &version);
	return error < 0 ? problem_set(problem, error, "%s: %s", access_database_file(id),
	    database_error(*ret)) : 0;
}

static json_t *
measure(struct readers *readers, enum database_id id, const char *state_dir, const json_t *status)
{
	json_t *told = json_object_get(json_object_get(status, "databases"), access_database_key(id));
	const char *failing = json_string_value(json_object_get(told, "failing"));
	json_t *holder = owner(id, state_dir), *entry;
	bool owned = json_is_string(holder);
	struct database *db = NULL;
	struct problem problem;
	int error = try_reading(readers, id, &db, &problem);

	entry = json_pack("{s:b, s:s, s:s, s:s, s:o}", "ok",
	    error == 0 && owned && failing == NULL, "status", status_of(error, owned, failing), "access", error == 0 ? access_of(id) : "NONE", "file",
	    access_database_file(id), "owner", holder);
	if (error < 0) {
		json_object_set_new(entry, "problem", json_string(problem.text));
		return entry;
	}
	json_object_set_new(entry, "size_bytes", json_integer(database_size_bytes(db)));
	json_object_set_new(entry, "wal_bytes", json_integer(database_wal_bytes(db)));
	if (owned && failing != NULL)
		json_object_set(entry, "problem", json_object_get(told, "failing"));
	if (owned && told != NULL) {
		json_object_set(entry, "rows", json_object_get(told, "rows"));
		json_object_set(entry, "retries", json_object_get(told, "retries"));
		json_object_set(entry, "failures", json_object_get(told, "failures"));
	}
	return entry;
}

json_t *
health_databases_measure(struct readers *readers, const char *state_dir, const json_t *tickd,
    const json_t *analysisd, const json_t *logd)
{
	const json_t *const statuses[DATABASE_COUNT] = {
		[DATABASE_TICKS] = tickd,
		[DATABASE_ANALYSIS] = analysisd,
		[DATABASE_LOGS] = logd,
	};
	json_t *databases = json_object();

	for (int id = 0; id < DATABASE_COUNT; id++)
		json_object_set_new(databases, access_database_key((enum database_id)id),
		    measure(readers, (enum database_id)id, state_dir, statuses[id]));
	return databases;
}

json_t *
health_databases_permissions(const json_t *databases)
{
	json_t *permissions = json_object();

	for (int id = 0; id < DATABASE_COUNT; id++) {
		const char *key = access_database_key((enum database_id)id);

		json_object_set(permissions, key,
		    json_object_get(json_object_get(databases, key), "access"));
	}
	return permissions;
}
