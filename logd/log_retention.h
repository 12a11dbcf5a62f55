/*
 * Deletes what is too old for system_logs.db, a slice at a time.  Its records are of our own
 * clock, which is not believed when it leaps (common/retention.h): that is said once a leap.
 * Belongs to the thread of its tables.
 */
#ifndef LOGD_LOG_RETENTION_H
#define LOGD_LOG_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/retention.h"
#include "logd/log_tables.h"

struct log_retention {
	struct log_tables *tables;
	int64_t keep_us[LOG_TABLES_COUNT]; /* 0: for ever */
	struct retention_pace pace;
	struct retention_clock clock;
	bool started, doubt_said, failure_said;
};

/* `tables` is borrowed; keep_us is copied. */
void
log_retention_init(struct log_retention *retention, struct log_tables *tables,
    const int64_t keep_us[static LOG_TABLES_COUNT]);

/* The monotonic time of the next slice. */
int64_t
log_retention_due_us(const struct log_retention *retention);

/* Deletes a slice.  Returns the number of rows; a failure is said, and tried again later. */
int
log_retention_step(struct log_retention *retention, int64_t wall_us, int64_t monotonic_us);

#endif
