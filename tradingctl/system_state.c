#include "tradingctl/system_state.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/control.h"
#include "common/status_file.h"

const char *const system_state_daemons[SYSTEM_STATE_DAEMONS] = {"logd", "tickd", "analysisd"};

/* ---- reading ---- */

static int
ask_supervisor(const struct settings *settings, json_t **ret)
{
	json_t *question = json_pack("{s:s}", "command", "status"), *answer = NULL;
	struct problem problem;
	char path[PATH_MAX];
	int error;

	if (question == NULL)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/control.sock", settings->paths.runtime_dir);
	error = control_ask(path, question, SYSTEM_STATE_ASK_MS, &answer, &problem);
	json_decref(question);
	if (error == 0 && json_object_get(answer, "processes") == NULL) {
		json_decref(answer);
		error = -EPROTO;
	}
	if (error == 0)
		*ret = answer;
	return error;
}

/* Reads a file that is renewed each second; -ESTALE for what a killed writer has left. */
static int
read_fresh(const char *path, const char *key, double unit_us, json_t **ret)
{
	double age_us;
	json_t *content;
	int error = status_file_read(path, &content);

	if (error < 0)
		return error;
	age_us = (double)clock_wall_us() -
	    json_number_value(json_object_get(content, key)) * unit_us;
	if (age_us > (double)SYSTEM_STATE_STALE_US) {
		json_decref(content);
		return -ESTALE;
	}
	*ret = content;
	return 0;
}

static int
read_published(const struct settings *settings, json_t **ret)
{
	char path[PATH_MAX];

	if (ask_supervisor(settings, ret) == 0)
		return 0;
	snprintf(path, sizeof(path), "%s/shared_memory.json", settings->paths.runtime_dir);
	return read_fresh(path, "last_update", 1e6, ret);
}

int
system_state_read(const struct settings *settings, struct system_state *ret,
    struct problem *problem)
{
	char path[PATH_MAX];
	bool any, refused;
	int error;

	*ret = (struct system_state){0};
	error = read_published(settings, &ret->published);
	any = error == 0;
	refused = error == -EACCES;
	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++) {
		snprintf(path, sizeof(path), "%s/%s/status.json", settings->paths.runtime_dir,
		    system_state_daemons[i]);
		error = read_fresh(path, "updated_us", 1, &ret->daemons[i]);
		any |= error == 0;
		refused |= error == -EACCES;
	}
	if (any)
		return 0;
	if (refused)
		return problem_set(problem, -EACCES, "%s may not be read: be root or in its group",
		    settings->paths.runtime_dir);
	return problem_set(problem, -ENOENT, "nothing is running: no sign of life in %s",
	    settings->paths.runtime_dir);
}

void
system_state_finish(struct system_state *state)
{
	json_decref(state->published);
	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++)
		json_decref(state->daemons[i]);
	*state = (struct system_state){0};
}

/* ---- judging ---- */

__attribute__((format(printf, 2, 3))) static void
add(json_t *faults, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(faults, json_string(text));
}

static const char *
word(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value == NULL ? "unknown" : value;
}

static void
judge_published(const json_t *published, json_t *faults)
{
	const char *name;
	json_t *process;

	json_object_foreach(json_object_get(published, "processes"), name, process) {
		if (strcmp(word(process, "state"), "running") != 0)
			add(faults, "%s is %s", name, word(process, "state"));
	}
	if (strcmp(word(published, "system_status"), "running") != 0 &&
	    json_array_size(faults) == 0)
		add(faults, "the system is %s", word(published, "system_status"));
}

static void
judge_feed(const json_t *feed, json_t *faults)
{
	const json_t *clock = json_object_get(feed, "clock"), *rest = json_object_get(feed, "rest");
	bool terminal = json_object_get(feed, "listen") != NULL;

	if (terminal && strcmp(word(feed, "state"), "waiting") == 0)
		add(faults, "feed %s waits for its terminal at %s", word(feed, "name"),
		    word(feed, "listen"));
	else if (strcmp(word(feed, "state"), "live") != 0)
		add(faults, "feed %s is %s", word(feed, "name"), word(feed, "state"));
	if (json_is_true(json_object_get(clock, "alarm")))
		add(faults, "feed %s: our clock is %.0f ms away from the exchange's",
		    word(feed, "name"), json_number_value(json_object_get(clock, "offset_ms")));
	/* A ban lasts up to days, and nothing is filled until it ends; other waits are short. */
	if (json_number_value(json_object_get(rest, "wait_s")) > 0 &&
	    strncmp(word(rest, "why"), "418", 3) == 0)
		add(faults, "feed %s: REST calls wait for %.0f s: %s", word(feed, "name"),
		    json_number_value(json_object_get(rest, "wait_s")), word(rest, "why"));
}

static void
judge_daemon(const char *name, const json_t *daemon, json_t *faults)
{
	const json_t *feed;
	size_t i;

	if (strcmp(word(daemon, "state"), "degraded") == 0)
		add(faults, "%s is degraded: %s", name, word(daemon, "status"));
	json_array_foreach(json_object_get(daemon, "feeds"), i, feed) {
		judge_feed(feed, faults);
	}
}

json_t *
system_state_faults(const struct system_state *state)
{
	json_t *faults = json_array();

	if (faults == NULL)
		return NULL;
	if (state->published != NULL)
		judge_published(state->published, faults);
	else
		add(faults, "no supervisor is running");
	for (int i = 0; i < SYSTEM_STATE_DAEMONS; i++)
		if (state->daemons[i] != NULL)
			judge_daemon(system_state_daemons[i], state->daemons[i], faults);
		else if (state->published == NULL)
			add(faults, "%s is not running", system_state_daemons[i]);
	return faults;
}
