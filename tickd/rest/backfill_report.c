#define _GNU_SOURCE
#include "tickd/rest/backfill_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

#define BURST 10 /* lines about single gaps in WINDOW_US: they come in storms */
#define FAILED_BURST 1
#define WINDOW_US INT64_C(60000000)

static void
tell(struct backfill_report *report, int level, const char *event, size_t symbol,
    const char *sentence)
{
	report->tell(report->context, level, event,
	    symbol < report->symbols->count ? report->symbols->items[symbol] : NULL, sentence);
}

static bool
passes(struct log_limit *limit, int64_t burst)
{
	int64_t suppressed;

	return log_limit_pass(limit, burst, WINDOW_US, clock_monotonic_us(), &suppressed);
}

void
backfill_report_asked(struct backfill_report *report, size_t symbol, struct backfill_due *due,
    int64_t now_us)
{
	char sentence[240];

	if (due->first_id != TICK_NONE)
		return;
	due->first_id = due->gap.first_id;
	due->last_id = due->gap.last_id;
	due->begun_us = now_us;
	due->fetched = due->given_up = 0;
	if (!report->begun) {
		report->begun = true;
		report->begun_us = now_us;
		report->trades = 0;
	}
	if (!passes(&report->begun_limit, BURST))
		return;
	snprintf(sentence, sizeof(sentence),
	    "the %" PRId64 " missing ids %" PRId64 " to %" PRId64 " are fetched from %.100s",
	    due->last_id - due->first_id + 1, due->first_id, due->last_id, report->host);
	tell(report, LOG_INFO, "backfill-begun", symbol, sentence);
}

void
backfill_report_given_up(struct backfill_report *report, size_t symbol, int64_t first_id,
    int64_t last_id, const char *reason)
{
	char sentence[240];

	if (!passes(&report->given_up_limit, BURST))
		return;
	snprintf(sentence, sizeof(sentence), "ids %" PRId64 " to %" PRId64 " never come: %.100s",
	    first_id, last_id, reason);
	tell(report, LOG_WARNING, "gap-unfillable", symbol, sentence);
}

void
backfill_report_closed(struct backfill_report *report, size_t symbol, struct backfill_due *due,
    int64_t now_us)
{
	char sentence[240];

	if (!backfill_due_closed(due))
		return;
	snprintf(sentence, sizeof(sentence),
	    "ids %" PRId64 " to %" PRId64 " are missing no more: %" PRId64 " fetched, %" PRId64
	    " given up, in %" PRId64 " s", due->first_id, due->last_id, due->fetched, due->given_up,
	    (now_us - due->begun_us) / CLOCK_SECOND_US);
	due->first_id = due->last_id = TICK_NONE;
	if (passes(&report->filled_limit, BURST))
		tell(report, LOG_INFO, "gap-filled", symbol, sentence);
}

void
backfill_report_done(struct backfill_report *report, int64_t now_us)
{
	char sentence[160];

	if (!report->begun)
		return;
	snprintf(sentence, sizeof(sentence),
	    "no gap is open any more: %" PRId64 " trades were fetched in %" PRId64 " s",
	    report->trades, (now_us - report->begun_us) / CLOCK_SECOND_US);
	report->begun = false;
	tell(report, LOG_INFO, "backfill-done", SIZE_MAX, sentence);
}

void
backfill_report_failed(struct backfill_report *report, size_t symbol, int64_t from_id,
    const char *what)
{
	char sentence[300];

	if (!passes(&report->failed_limit, FAILED_BURST))
		return;
	snprintf(sentence, sizeof(sentence),
	    "%.100s was asked for ids from %" PRId64 " on: %.100s; it is asked again", report->host,
	    from_id, what);
	tell(report, LOG_WARNING, "backfill-failed", symbol, sentence);
}
