#include "marketsim/connection_log.h"

#include <string.h>

#include "common/clock.h"

#define ATTEMPTS_US (300 * CLOCK_SECOND_US) /* the exchange allows 300 connections in that time */

static int64_t
records_kept(const struct connection_log *log)
{
	return log->made < CONNECTION_LOG_MAX ? log->made : CONNECTION_LOG_MAX;
}

struct connection_record *
connection_log_open(struct connection_log *log, int64_t wall_us)
{
	struct connection_record *record = &log->records[records_kept(log)];

	memset(record, 0, sizeof(*record));
	record->opened_us = wall_us;
	log->made++;
	if (++log->open > log->open_most)
		log->open_most = log->open;
	return record;
}

void
connection_log_close(struct connection_log *log, struct connection_record *record,
    const char *end, int64_t wall_us)
{
	if (record->end == NULL)
		record->end = end;
	record->closed_us = wall_us;
	log->open--;
}

/* The most connections that were made within five minutes. */
static int64_t
most_attempts(const struct connection_log *log)
{
	int64_t most = 0, first = 0, count = records_kept(log);

	for (int64_t i = 0; i < count; i++) {
		while (log->records[i].opened_us - log->records[first].opened_us >= ATTEMPTS_US)
			first++;
		if (i - first + 1 > most)
			most = i - first + 1;
	}
	return most;
}

static void
add_record(struct body *body, int64_t ordinal, const struct connection_record *record)
{
	body_print(body, "%s{\"ordinal\":%lld,\"opened_ms\":%lld,\"closed_ms\":",
	    ordinal > 0 ? "," : "", (long long)ordinal,
	    (long long)(record->opened_us / CLOCK_MS_US));
	if (record->closed_us > 0)
		body_print(body, "%lld,\"end\":\"%s\"",
		    (long long)(record->closed_us / CLOCK_MS_US), record->end);
	else
		body_add(body, "null,\"end\":null");
	body_print(body,
	    ",\"frames\":%lld,\"messages\":%lld,\"messages_most_1s\":%d,\"streams_most\":%d,"
	    "\"pings\":%lld,\"pongs\":%lld,\"pong_most_ms\":%.3f}",
	    (long long)record->frames, (long long)record->messages, record->messages_most,
	    record->streams_most, (long long)record->pings, (long long)record->pongs,
	    (double)record->pong_most_us / (double)CLOCK_MS_US);
}

void
connection_log_add(const struct connection_log *log, struct body *body)
{
	body_print(body,
	    "\"connections\":{\"made\":%lld,\"refused\":%lld,\"open\":%d,\"open_most\":%d,"
	    "\"made_most_5min\":%lld,\"list\":[",
	    (long long)log->made, (long long)log->refused, log->open, log->open_most,
	    (long long)most_attempts(log));
	for (int64_t i = 0; i < records_kept(log); i++)
		add_record(body, i, &log->records[i]);
	body_add(body, "]}");
}
