#include "marketsim/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "marketsim/candle.h"

#define VALUE_SIZE 64
#define TIME_MS_MAX INT64_C(9000000000000000) /* keeps microseconds within 64 bits */

bool
query_value(const char *query, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	for (const char *at = query; *at != '\0'; at += strcspn(at, "&"), at += *at == '&')
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)strcspn(at + length + 1, "&"),
			    at + length + 1);
			return true;
		}
	return false;
}

static void
read_number(const char *text, const char *name, int64_t most, int64_t *ret,
    struct query_fault *fault)
{
	char value[VALUE_SIZE];
	size_t digits;

	if (fault->code != 0 || !query_value(text, name, value, sizeof(value)))
		return;
	digits = strspn(value, "0123456789");
	if (digits == 0 || value[digits] != '\0' || digits > 20) {
		fault->code = -1100;
		snprintf(fault->text, sizeof(fault->text),
		    "Illegal characters found in parameter '%s'; legal range is '^[0-9]{1,20}$'.",
		    name);
		return;
	}
	errno = 0;
	*ret = strtoll(value, NULL, 10);
	if (errno != 0 || *ret > most) {
		fault->code = -1130;
		snprintf(fault->text, sizeof(fault->text),
		    "Data sent for parameter '%s' is not valid.", name);
	}
}

static void
read_symbol(struct query *query, const char *text, const struct trade_source *source,
    struct query_fault *fault)
{
	char name[INSTRUMENT_NAME_SIZE];

	if (!query_value(text, "symbol", name, sizeof(name)) || name[0] == '\0') {
		fault->code = -1102;
		snprintf(fault->text, sizeof(fault->text),
		    "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
		return;
	}
	query->symbol = trade_source_find(source, name);
	if (query->symbol >= 0)
		return;
	fault->code = -1121;
	snprintf(fault->text, sizeof(fault->text), "Invalid symbol.");
}

static void
read_interval(struct query *query, const char *text, struct query_fault *fault)
{
	char name[VALUE_SIZE];

	if (fault->code != 0 || !query_value(text, "interval", name, sizeof(name)))
		return;
	query->interval_us = candle_interval(name);
	if (query->interval_us == 0) {
		fault->code = -1120;
		snprintf(fault->text, sizeof(fault->text), "Invalid interval.");
	}
}

void
query_parse(struct query *query, const char *text, const struct trade_source *source,
    struct query_fault *fault)
{
	int64_t start_ms = QUERY_NONE, end_ms = QUERY_NONE;

	*query = (struct query){
		.from_id = QUERY_NONE,
		.start_us = QUERY_NONE,
		.end_us = QUERY_NONE,
		.limit = QUERY_LIMIT_DEFAULT,
	};
	*fault = (struct query_fault){ 0 };
	read_symbol(query, text, source, fault);
	read_interval(query, text, fault);
	read_number(text, "fromId", INT64_MAX / 2, &query->from_id, fault);
	read_number(text, "startTime", TIME_MS_MAX, &start_ms, fault);
	read_number(text, "endTime", TIME_MS_MAX, &end_ms, fault);
	read_number(text, "limit", INT64_MAX, &query->limit, fault);
	if (query->limit > QUERY_LIMIT_MAX)
		query->limit = QUERY_LIMIT_MAX;
	if (start_ms != QUERY_NONE)
		query->start_us = start_ms * CLOCK_MS_US;
	if (end_ms != QUERY_NONE)
		query->end_us = end_ms * CLOCK_MS_US + CLOCK_MS_US - 1;
	if (fault->code == 0 && start_ms != QUERY_NONE && end_ms != QUERY_NONE &&
	    end_ms < start_ms) {
		fault->code = -1127;
		snprintf(fault->text, sizeof(fault->text),
		    "Start time is greater than end time.");
	}
}
