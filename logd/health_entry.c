#include "logd/health_entry.h"

#include <string.h>

#include "common/clock.h"
#include "common/tick.h"
#include "logd/health.h"

json_t *
health_entry_time(int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	return time_us == TICK_NONE ? json_null() : json_string(clock_format(time_us, 3, text));
}

void
health_entry_copy(json_t *entry, const json_t *from, const char *const *names)
{
	for (; *names != NULL; names++) {
		json_t *value = json_object_get(from, *names);

		if (value != NULL)
			json_object_set(entry, *names, value);
	}
}

void
health_entry_add_faults(json_t *entry, json_t *faults, const char *status)
{
	if (json_array_size(faults) > 0) {
		if (json_is_true(json_object_get(entry, "ok")))
			json_object_set_new(entry, "status", json_string(status));
		json_object_set_new(entry, "ok", json_false());
		json_object_set(entry, "problems", faults);
	}
	json_decref(faults);
}

const json_t *
health_entry_feed(const json_t *tickd, const char *name)
{
	const json_t *feed;
	size_t i;

	if (!health_status_is_fresh(tickd))
		return NULL;
	json_array_foreach(json_object_get(tickd, "feeds"), i, feed) {
		const char *own = json_string_value(json_object_get(feed, "name"));

		if (own != NULL && strcmp(own, name) == 0)
			return feed;
	}
	return NULL;
}
