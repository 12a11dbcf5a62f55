#include "tickd/rest/exchange_info.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "common/clock.h"

#define INTERVAL_COUNT_MAX 1000 /* of minutes and the like in one interval */

struct limit {
	int64_t weight, interval_us;
};

static bool
get_number(const json_t *entry, const char *key, int64_t maximum, int64_t *ret)
{
	const json_t *value = json_object_get(entry, key);

	*ret = json_integer_value(value);
	return json_is_integer(value) && *ret > 0 && *ret <= maximum;
}

/* 0 for what is no unit of the exchange's. */
static int64_t
unit_us(const char *name)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"SECOND", 1}, {"MINUTE", 60}, {"HOUR", 3600}, {"DAY", 86400}};

	for (size_t i = 0; name != NULL && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].name, name) == 0)
			return units[i].seconds * CLOCK_SECOND_US;
	return 0;
}

static bool
is_weight(const json_t *entry)
{
	const char *type = json_string_value(json_object_get(entry, "rateLimitType"));

	return type != NULL && strcmp(type, "REQUEST_WEIGHT") == 0;
}

static bool
parse_limit(const json_t *entry, struct limit *ret)
{
	int64_t unit = unit_us(json_string_value(json_object_get(entry, "interval"))), count;

	if (unit == 0 || !get_number(entry, "intervalNum", INTERVAL_COUNT_MAX, &count) ||
	    !get_number(entry, "limit", EXCHANGE_INFO_WEIGHT_MAX, &ret->weight))
		return false;
	ret->interval_us = unit * count;
	return true;
}

static bool
is_stricter(const struct limit *a, const struct limit *b)
{
	return (double)a->weight / (double)a->interval_us <
	    (double)b->weight / (double)b->interval_us;
}

static int
parse(const json_t *root, struct limit *strictest)
{
	const json_t *entries = json_object_get(root, "rateLimits");

	*strictest = (struct limit){0};
	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		struct limit limit;

		if (!is_weight(entry))
			continue;
		if (!parse_limit(entry, &limit))
			return -EINVAL;
		if (strictest->weight == 0 || is_stricter(&limit, strictest))
			*strictest = limit;
	}
	return strictest->weight > 0 ? 0 : -EINVAL;
}

int
exchange_info_parse(const char *body, size_t length, int64_t *ret_weight, int64_t *ret_interval_us)
{
	json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	struct limit strictest;
	int error = parse(root, &strictest);

	json_decref(root);
	if (error < 0)
		return error;
	*ret_weight = strictest.weight;
	*ret_interval_us = strictest.interval_us;
	return 0;
}
