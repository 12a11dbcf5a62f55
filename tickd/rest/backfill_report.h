/* What a backfill tells: gaps one by one, but not more lines than a reader can use. */
#ifndef TICKD_BACKFILL_REPORT_H
#define TICKD_BACKFILL_REPORT_H

#include "common/log.h"
#include "common/settings.h"
#include "tickd/feed.h"
#include "tickd/rest/backfill_due.h"

struct backfill_report {
	const struct string_list *symbols;
	const char *host; /* that is asked */
	feed_tell *tell;
	void *context;
	struct log_limit begun_limit, filled_limit, given_up_limit, failed_limit;
	bool begun; /* and not done since: */
	int64_t trades, begun_us;
};

/* The oldest gap of the symbol is asked for: told the first time. */
void
backfill_report_asked(struct backfill_report *report, size_t symbol, struct backfill_due *due,
    int64_t now_us);

void
backfill_report_given_up(struct backfill_report *report, size_t symbol, int64_t first_id,
    int64_t last_id, const char *reason);

/* Told where the gap that was being filled is closed. */
void
backfill_report_closed(struct backfill_report *report, size_t symbol, struct backfill_due *due,
    int64_t now_us);

/* No gap is open: told where one was. */
void
backfill_report_done(struct backfill_report *report, int64_t now_us);

/* An answer was of no use. */
void
backfill_report_failed(struct backfill_report *report, size_t symbol, int64_t from_id,
    const char *what);

#endif
