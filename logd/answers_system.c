#include "logd/answers_system.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "logd/metrics.h"

static void
write_json(struct answer *answer, const json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

	if (text == NULL)
		answer_error(answer, 503, "out_of_memory", "out of memory");
	else
		json_text_raw(&answer->text, text, strlen(text));
	free(text);
}

void
answers_health(struct api *api, const struct request *request, struct answer *answer)
{
	health_refresh(api->health);
	if (!health_ok(api->health))
		answer->status = 503;
	write_json(answer, health_report(api->health));
}

void
answers_pipeline(struct api *api, const struct request *request, struct answer *answer)
{
	json_t *report, *shared_memory, *whole;

	health_refresh(api->health);
	report = health_report(api->health);
	shared_memory = health_shared_memory(api->health);
	whole = json_pack("{s:b, s:{s:O, s:O, s:O, s:O}}", "success", 1, "data", "health_data",
	    report, "database_status", health_databases(api->health), "shared_memory",
	    json_object_size(shared_memory) > 0 ? shared_memory : json_null(),
	    "access_permissions", json_object_get(report, "access_permissions"));
	write_json(answer, whole);
	json_decref(whole);
}

void
answers_metrics(struct api *api, const struct request *request, struct answer *answer)
{
	const json_t *tickd;
	size_t length;
	char *text;

	health_refresh(api->health);
	tickd = health_tickd(api->health);
	text = metrics_text(tickd, health_status_is_fresh(tickd), &length);
	if (text == NULL) {
		answer_error(answer, 503, "out_of_memory", "out of memory");
		return;
	}
	answer->type = METRICS_TYPE;
	json_text_raw(&answer->text, text, length);
	free(text);
}
