#include "logd/health_log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct health_log {
	struct log_writer *writer;
	json_t *written; /* {component: status} as last written */
	int64_t next_us; /* monotonic: when all are written again */
};

struct health_log *
health_log_create(struct log_writer *writer)
{
	struct health_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->writer = writer;
	log->written = json_object();
	return log;
}

void
health_log_free(struct health_log *log)
{
	json_decref(log->written);
	free(log);
}

static void
write_row(struct health_log *log, const char *component, const char *status, const json_t *details,
    int64_t now_us)
{
	char *text = json_dumps(details, JSON_COMPACT);
	struct log_row row = {.time_us = now_us, .component = component, .status = status,
		.details = text == NULL ? "{}" : text};

	log_writer_add(log->writer, &row);
	json_object_set_new(log->written, component, json_string(status));
	free(text);
}

void
health_log_look(struct health_log *log, const json_t *components, int64_t now_us,
    int64_t monotonic_us)
{
	bool minute = monotonic_us >= log->next_us;
	const char *name;
	json_t *component;

	json_object_foreach((json_t *)components, name, component) {
		const char *status = json_string_value(json_object_get(component, "status"));
		const char *before = json_string_value(json_object_get(log->written, name));
		bool symbol = strncmp(name, "symbol:", 7) == 0;

		if (status == NULL)
			continue;
		if (before == NULL || strcmp(before, status) != 0 || (minute && !symbol))
			write_row(log, name, status, component, now_us);
	}
	if (minute)
		log->next_us = monotonic_us + HEALTH_LOG_PERIOD_US;
}
