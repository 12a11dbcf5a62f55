/*
 * The parameters of a request: its query, checked, with the exchange's own words for the faults.
 */
#ifndef MARKETSIM_QUERY_H
#define MARKETSIM_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "marketsim/trade_source.h"

#define QUERY_NONE INT64_MIN /* a number that was not given */
#define QUERY_LIMIT_MAX 1000
#define QUERY_LIMIT_DEFAULT 500

/* code 0: no fault */
struct query_fault {
	int code;
	char text[160];
};

struct query {
	int symbol; /* its number in the source */
	int64_t from_id, start_us, end_us; /* QUERY_NONE when absent; end_us counts too */
	int64_t limit;
	int64_t interval_us; /* 0 when absent */
};

/* The value of `name` in "a=1&b=2", cut to `size` with its NUL.  False when absent. */
bool
query_value(const char *query, const char *name, char *value, size_t size);

/* Reads all of them; a missing or unknown symbol is a fault. */
void
query_parse(struct query *query, const char *text, const struct trade_source *source,
    struct query_fault *fault);

#endif
