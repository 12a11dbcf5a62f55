#define _GNU_SOURCE
#include "supervisor/overview.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/access.h"
#include "common/clock.h"
#include "common/lease.h"
#include "common/status_file.h"
#include "supervisor/process_usage.h"
#include "supervisor/publish.h"

/* What the roles were called before; readers of the predecessor look for these. */
static const char *const types[CHILD_COUNT] = {[CHILD_LOGD] = "api_server",
    [CHILD_TICKD] = "data_collector", [CHILD_ANALYSISD] = "analysis_engine"};

struct sample {
	pid_t pid;	 /* of the process that the figures are of, 0 none */
	json_t *content; /* of its status.json; NULL unless that pid wrote it */
	int64_t rss_bytes, cpu_us, at_us;
	double cpu_percent;
};

struct overview {
	const struct settings *settings;
	struct children *children;
	struct sample samples[CHILD_COUNT];
	int64_t rows[DATABASE_COUNT]; /* as last told by an owner: they outlive it */
	char holders[DATABASE_COUNT][LEASE_HOLDER_SIZE];
	char user[64];
};

static void
name_user(char user[static 64])
{
	/* cppcheck-suppress getpwuidCalled ; one thread */
	const struct passwd *entry = getpwuid(geteuid());

	if (entry != NULL)
		snprintf(user, 64, "%s", entry->pw_name);
	else
		snprintf(user, 64, "%u", (unsigned)geteuid());
}

struct overview *
overview_create(const struct settings *settings, struct children *children)
{
	struct overview *overview = calloc(1, sizeof(*overview));

	if (overview == NULL)
		return NULL;
	overview->settings = settings;
	overview->children = children;
	for (int i = 0; i < DATABASE_COUNT; i++)
		overview->rows[i] = PUBLISH_UNKNOWN;
	name_user(overview->user);
	return overview;
}

void
overview_free(struct overview *overview)
{
	if (overview == NULL)
		return;
	for (int i = 0; i < CHILD_COUNT; i++)
		json_decref(overview->samples[i].content);
	free(overview);
}

/* ---- once a second ---- */

static void
sample_usage(struct sample *sample, pid_t pid)
{
	struct process_usage usage;
	int64_t now_us = clock_monotonic_us();

	if (process_usage_read(pid, &usage) < 0) {
		sample->pid = 0;
		return;
	}
	sample->cpu_percent = sample->pid == pid && now_us > sample->at_us ?
	    /* NOLINTNEXTLINE(bugprone-integer-division): cut on purpose, see below */
	    (double)((usage.cpu_us - sample->cpu_us) * 1000 / (now_us - sample->at_us)) / 10 :
	    PUBLISH_UNKNOWN; /* the kernel counts in hundredths of a second: one decimal is all */
	sample->pid = pid;
	sample->rss_bytes = usage.rss_bytes;
	sample->cpu_us = usage.cpu_us;
	sample->at_us = now_us;
}

/* A file that a dead process left there is not read for its successor's. */
static json_t *
read_status(const struct settings *settings, const char *name, pid_t pid)
{
	char path[PATH_MAX];
	json_t *content;

	if (snprintf(path, sizeof(path), "%s/%s/status.json", settings->paths.runtime_dir, name) >=
	    (int)sizeof(path))
		return NULL;
	if (status_file_read(path, &content) < 0)
		return NULL;
	if (json_integer_value(json_object_get(content, "pid")) == pid)
		return content;
	json_decref(content);
	return NULL;
}

/* The rows of the databases that this child owns. */
static void
keep_rows(struct overview *overview, const struct child *child, const json_t *content)
{
	for (int i = 0; i < DATABASE_COUNT; i++) {
		enum database_id id = (enum database_id)i;
		const json_t *databases = json_object_get(content, "databases"),
			     *entry = json_object_get(databases, access_database_key(id)),
			     *rows = json_object_get(entry, "rows");

		if (strcmp(access_role_name(access_owner(id)), child->name) == 0 &&
		    json_is_integer(rows) && json_integer_value(rows) >= 0)
			overview->rows[i] = json_integer_value(rows);
	}
}

void
overview_sample(struct overview *overview)
{
	for (int i = 0; i < CHILD_COUNT; i++) {
		struct sample *sample = &overview->samples[i];
		const struct child *child = &overview->children->list[i];

		json_decref(sample->content);
		sample->content = NULL;
		if (child->pid == 0) {
			sample->pid = 0;
			continue;
		}
		sample_usage(sample, child->pid);
		sample->content = read_status(overview->settings, child->name, child->pid);
		keep_rows(overview, child, sample->content);
	}
}

/* ---- at any moment ---- */

/* What the monotonic clock said, as the wall clock says it now; 0 stays 0. */
static int64_t
wall(int64_t monotonic_us)
{
	return monotonic_us == 0 ? 0 : clock_wall_us() - clock_monotonic_us() + monotonic_us;
}

/* A child that runs may itself say that it is degraded. */
static const char *
state_name(const struct child *child, const struct sample *sample)
{
	enum child_state state = child_state(child);
	const char *own = json_string_value(json_object_get(sample->content, "state"));

	if (state == CHILD_RUNNING && sample->pid == child->pid && own != NULL &&
	    strcmp(own, "degraded") == 0)
		return own;
	return child_state_name(state);
}

static struct published_process
view_process(const struct overview *overview, int id)
{
	const struct child *child = &overview->children->list[id];
	const struct sample *sample = &overview->samples[id];
	bool alive = child->pid != 0, sampled = alive && sample->pid == child->pid;

	return (struct published_process){.name = child->name, .type = types[id],
		.state = state_name(child, sample), .user = overview->user,
		.last_exit = child->last_exit, .status = child->status, .pid = (int)child->pid,
		.started_us = alive ? wall(child->watch.started_us) : 0,
		.last_seen_us = alive ? wall(child->watch.seen_us) : 0,
		.next_attempt_us = wall(child->next_attempt_us),
		.restarts = child->starts > 0 ? child->starts - 1 : 0,
		.rss_bytes = sampled ? sample->rss_bytes : PUBLISH_UNKNOWN,
		.cpu_percent = sampled ? sample->cpu_percent : PUBLISH_UNKNOWN};
}

static int64_t
file_bytes(const char *path)
{
	struct stat is;

	return stat(path, &is) < 0 ? PUBLISH_UNKNOWN : (int64_t)is.st_size;
}

static struct published_database
view_database(struct overview *overview, enum database_id id)
{
	struct published_database view = {.size_bytes = PUBLISH_UNKNOWN,
		.wal_bytes = PUBLISH_UNKNOWN, .rows = overview->rows[id]};
	char path[ACCESS_PATH_SIZE], beside[ACCESS_PATH_SIZE + 8];

	if (access_database_path(id, overview->settings->paths.state_dir, path) < 0)
		return view;
	view.size_bytes = file_bytes(path);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	view.wal_bytes = file_bytes(beside);
	snprintf(beside, sizeof(beside), "%s.lease", path);
	if (lease_holder(beside, overview->holders[id], &view.owner_pid) > 0)
		view.holder = overview->holders[id];
	return view;
}

json_t *
overview_compose(struct overview *overview)
{
	const struct sample *tickd = &overview->samples[CHILD_TICKD];
	struct published published = {.now_us = clock_wall_us(),
		.system_status = children_summary(overview->children)};

	for (int i = 0; i < CHILD_COUNT; i++)
		published.processes[i] = view_process(overview, i);
	for (int i = 0; i < DATABASE_COUNT; i++)
		published.databases[i] = view_database(overview, (enum database_id)i);
	if (tickd->pid != 0 && tickd->pid == overview->children->list[CHILD_TICKD].pid)
		published.feeds = json_object_get(tickd->content, "feeds");
	return publish_compose(&published);
}
