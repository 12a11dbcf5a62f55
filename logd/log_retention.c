#include "logd/log_retention.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/tick.h"

void
log_retention_init(struct log_retention *retention, struct log_tables *tables,
    const int64_t keep_us[static LOG_TABLES_COUNT])
{
	*retention = (struct log_retention){.tables = tables};
	memcpy(retention->keep_us, keep_us, sizeof(retention->keep_us));
	retention_pace_start(&retention->pace);
}

int64_t
log_retention_due_us(const struct log_retention *retention)
{
	return retention->pace.due_us;
}

/* ---- what time it is ---- */

static int
start_clock(struct log_retention *retention, int64_t wall_us, int64_t monotonic_us)
{
	int64_t last_us;
	int error = log_tables_newest(retention->tables, wall_us - RETENTION_STAND_US, &last_us);

	if (error < 0)
		return error;
	retention_clock_start(&retention->clock, last_us, wall_us, monotonic_us);
	retention->started = true;
	return 0;
}

static void
say_doubt(struct log_retention *retention, int64_t now_us)
{
	char believed[CLOCK_TEXT_SIZE];

	if (retention->clock.doubted && !retention->doubt_said)
		log_event(LOG_WARNING, "clock-leapt", NULL,
		    "the clock leapt by more than a day: until it has stood for an hour, old records"
		    " are deleted as of %s", clock_format(now_us, 0, believed));
	retention->doubt_said = retention->clock.doubted;
}

/* ---- deleting ---- */

static int
delete_slice(struct log_retention *retention, int64_t now_us)
{
	int deleted = 0, error = log_tables_begin(retention->tables);

	for (int i = 0; i < LOG_TABLES_COUNT && error == 0; i++) {
		int rows;

		if (retention->keep_us[i] == 0 || deleted == retention->pace.rows)
			continue;
		rows = log_tables_delete(retention->tables, (enum log_table)i,
		    now_us - retention->keep_us[i], retention->pace.rows - deleted);
		if (rows < 0)
			error = rows;
		else
			deleted += rows;
	}
	if (error == 0)
		error = log_tables_commit(retention->tables);
	return error < 0 ? error : deleted;
}

static void
say_failure(struct log_retention *retention, int result)
{
	if (result < 0 && !retention->failure_said)
		log_event(LOG_ERR, "log-not-cleaned", NULL,
		    "system_logs.db: old records cannot be deleted (tried again every 10 s): %s",
		    database_error(log_tables_database(retention->tables)));
	retention->failure_said = result < 0;
}

int
log_retention_step(struct log_retention *retention, int64_t wall_us, int64_t monotonic_us)
{
	int64_t begun_us = clock_monotonic_us(), took_us;
	int result = 0;

	if (!retention->started)
		result = start_clock(retention, wall_us, monotonic_us);
	if (result == 0) {
		int64_t now_us = retention_clock_time(&retention->clock, wall_us, monotonic_us);

		say_doubt(retention, now_us);
		result = delete_slice(retention, now_us);
	}
	say_failure(retention, result);
	if (result < 0)
		log_tables_rollback(retention->tables);
	took_us = clock_monotonic_us() - begun_us;
	retention_pace_next(&retention->pace, result, took_us, monotonic_us + took_us);
	return result < 0 ? 0 : result;
}
