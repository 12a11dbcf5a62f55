#include "logd/parameters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

static const struct {
	const char *name;
	enum parameter parameter;
} names[] = {
	{"from", PARAMETER_FROM},
	{"to", PARAMETER_TO},
	{"limit", PARAMETER_LIMIT},
	{"after", PARAMETER_AFTER},
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

/* In a query a + is a space: an offset that was not escaped ("...T00:00:00 03:00") is meant. */
static int
read_time(const char *name, const char *value, int64_t *ret_us, struct problem *problem)
{
	char text[64];
	char *space;

	snprintf(text, sizeof(text), "%s", value);
	space = strchr(text, ' ');
	if (space != NULL)
		*space = '+';
	if (strlen(value) >= sizeof(text) || clock_parse(text, ret_us) < 0)
		return problem_set(problem, -EINVAL,
		    "%s: a time is ISO 8601 (2026-01-31T23:59:59Z) or milliseconds since 1970", name);
	return 0;
}

static int
read_limit(const char *value, size_t limit_max, size_t *ret_limit, struct problem *problem)
{
	char *end;
	long long limit;

	errno = 0;
	limit = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || limit < 1 ||
	    (unsigned long long)limit > limit_max)
		return problem_set(problem, -EINVAL, "limit: a whole number from 1 to %zu", limit_max);
	*ret_limit = (size_t)limit;
	return 0;
}

static int
read_one(enum parameter parameter, const char *value, size_t limit_max, struct parameters *read,
    struct problem *problem)
{
	switch (parameter) {
	case PARAMETER_FROM:
		return read_time("from", value, &read->from_us, problem);
	case PARAMETER_TO:
		return read_time("to", value, &read->to_us, problem);
	case PARAMETER_LIMIT:
		return read_limit(value, limit_max, &read->limit, problem);
	case PARAMETER_AFTER:
		break;
	}
	if (cursor_read(value, &read->after) < 0)
		return problem_set(problem, -EINVAL,
		    "after: not a cursor: it is the `next` or `last` of an earlier answer");
	return 0;
}

static int
unknown(const char *name, unsigned taken, struct problem *problem)
{
	char known[64] = "";
	size_t used = 0;

	for (size_t i = 0; i < NAME_COUNT; i++)
		if (taken & names[i].parameter)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
			    used == 0 ? "" : ", ", names[i].name);
	if (used == 0)
		return problem_set(problem, -EINVAL, "%.32s: this path takes no parameters", name);
	return problem_set(problem, -EINVAL, "%.32s: this path takes %s", name, known);
}

int
parameters_read(const struct request *request, unsigned taken, size_t limit, size_t limit_max,
    struct parameters *ret_parameters, struct problem *problem)
{
	struct parameters read = {
		.from_us = INT64_MIN,
		.to_us = INT64_MAX,
		.limit = limit < limit_max ? limit : limit_max,
	};

	for (size_t i = 0; i < request->argument_count; i++) {
		const struct request_argument *argument = &request->arguments[i];
		size_t known = 0;
		int error;

		while (known < NAME_COUNT && strcmp(names[known].name, argument->name) != 0)
			known++;
		if (known == NAME_COUNT || !(taken & names[known].parameter))
			return unknown(argument->name, taken, problem);
		if (read.given & names[known].parameter)
			return problem_set(problem, -EINVAL, "%s: given twice", argument->name);
		read.given |= names[known].parameter;
		error = read_one(names[known].parameter, argument->value, limit_max, &read, problem);
		if (error < 0)
			return error;
	}
	if (read.from_us > read.to_us)
		return problem_set(problem, -EINVAL, "from: it lies after to");
	*ret_parameters = read;
	return 0;
}
