/*
 * What DTMS stored, checked against itself: rows belong to each other, names and ids are what they
 * must be, scores add up, timers run where a state needs them, and nothing lies ahead of how far
 * its source is decided.
 */
#ifndef TRADINGCTL_VERIFY_DTMS_H
#define TRADINGCTL_VERIFY_DTMS_H

#include <jansson.h>

#include "common/database.h"
#include "tradingctl/findings.h"

#define VERIFY_DTMS_CHECKS 10000 /* the newest checks, whose scores are added up anew */

struct dtms_report {
	int64_t trades, actions, checks; /* rows */
	struct findings findings;
};

/*
 * Checks all of it in one snapshot.  kept_us is [retention] dtms_actions, 0 for ever: rows that
 * are older may have lost their trade.  Returns 0 or -errno; dtms_report_finish() in either case.
 */
__attribute__((warn_unused_result)) int
verify_dtms(struct database *db, int64_t kept_us, struct dtms_report *ret);

void
dtms_report_finish(struct dtms_report *report);

void
dtms_report_print(const struct dtms_report *report);

/* A new reference; it shares `faults` with the report.  NULL: out of memory. */
json_t *
dtms_report_json(const struct dtms_report *report);

#endif
