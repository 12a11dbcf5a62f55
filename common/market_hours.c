#include "common/market_hours.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>

#include "common/tick.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_MIN 1440
#define WEEK_MIN (7 * DAY_MIN)
#define SUNDAY_MIN (3 * DAY_MIN) /* 1970 began on a Thursday */

/* ---- reading ---- */

static bool
read_session(const json_t *json, struct market_session *ret)
{
	json_int_t values[3];

	if (json_array_size(json) != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (!json_is_integer(json_array_get(json, i)))
			return false;
		values[i] = json_integer_value(json_array_get(json, i));
	}
	if (values[0] < 0 || values[0] > 6 || values[1] < 0 || values[1] > values[2] ||
	    values[2] > DAY_MIN)
		return false;
	*ret = (struct market_session){(int)(values[0] * DAY_MIN + values[1]),
		(int)(values[0] * DAY_MIN + values[2])};
	return true;
}

int
market_hours_read(struct market_hours *ret, const char *json)
{
	json_t *array = json_loads(json, 0, NULL);
	struct market_hours hours = {.count = json_array_size(array)};
	bool good = json_is_array(array) && hours.count <= MARKET_HOURS_MAX;

	for (size_t i = 0; good && i < hours.count; i++)
		good = read_session(json_array_get(array, i), &hours.sessions[i]);
	json_decref(array);
	if (!good)
		return -EINVAL;
	*ret = hours;
	return 0;
}

/* ---- looking ---- */

/* How many minutes the session that holds this one has had before it; -1: none holds it. */
static int
minutes_before(const struct market_hours *hours, int minute)
{
	for (size_t i = 0; i < hours->count; i++)
		if (minute >= hours->sessions[i].from && minute < hours->sessions[i].to)
			return minute - hours->sessions[i].from;
	return -1;
}

int64_t
market_hours_open_since(const struct market_hours *hours, int64_t server_us)
{
	int64_t minutes = server_us / MINUTE_US - (server_us % MINUTE_US < 0);
	int now = (int)(((minutes - SUNDAY_MIN) % WEEK_MIN + WEEK_MIN) % WEEK_MIN);
	int open = minutes_before(hours, now), before;

	if (open < 0)
		return TICK_NONE;
	/* On to the minute before that session's first, if that is one of another. */
	while (open < WEEK_MIN &&
	    (before = minutes_before(hours, (now - open - 1 + 2 * WEEK_MIN) % WEEK_MIN)) >= 0)
		open += before + 1;
	return (minutes - (open < WEEK_MIN ? open : WEEK_MIN)) * MINUTE_US;
}
