/*
 * What became of each connection: for the report that tests read.
 */
#ifndef MARKETSIM_CONNECTION_LOG_H
#define MARKETSIM_CONNECTION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "marketsim/body.h"

#define CONNECTION_LOG_MAX 2048 /* records of a run: 200 KB; what comes after is only counted */

struct connection_record {
	int64_t opened_us, closed_us; /* wall clock; 0: still open */
	int64_t frames;
	int64_t messages;   /* from the client: control messages and pongs */
	int messages_most;  /* of those in any one second */
	int streams_most;   /* subscribed at a time */
	int64_t pings, pongs;
	int64_t pong_most_us; /* the longest time from a ping to its pong */
	const char *end;      /* why it was closed; NULL while it is open */
};

struct connection_log {
	int64_t made; /* ever, and so the next one's ordinal */
	int64_t refused;
	int open, open_most;
	struct connection_record records[CONNECTION_LOG_MAX + 1]; /* the last: all beyond */
};

/* The record of a new connection; the log's own. */
struct connection_record *
connection_log_open(struct connection_log *log, int64_t wall_us);

/* `end` is the reason unless there is one already; a literal. */
void
connection_log_close(struct connection_log *log, struct connection_record *record,
    const char *end, int64_t wall_us);

/* Adds "connections":{...} as JSON. */
void
connection_log_add(const struct connection_log *log, struct body *body);

#endif
