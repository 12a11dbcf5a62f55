/*
 * The tables of system_logs.db as their one writer sees them: rows in batches, rows deleted by age
 * in slices, and how many there are (log_counts), each in one transaction with its counts.
 * Belongs to one thread.
 */
#ifndef LOGD_LOG_TABLES_H
#define LOGD_LOG_TABLES_H

#include <stdint.h>

#include "common/database.h"
#include "common/problem.h"

enum log_table { LOG_CALLS, LOG_HEALTH, LOG_TABLES_COUNT };

/* A row of api_logs (method is set) or of system_health (component is set). */
struct log_row {
	int64_t time_us;
	const char *method, *endpoint, *client;
	int status_code;
	int64_t response_time_us;
	const char *component, *status;
	const char *details; /* JSON or NULL */
};

struct log_tables;

/* Opens (or creates) the database as its writer.  Errors as database_open(). */
__attribute__((warn_unused_result)) int
log_tables_open(struct log_tables **ret, const char *state_dir, struct problem *problem);

void
log_tables_close(struct log_tables *tables);

struct database *
log_tables_database(struct log_tables *tables);

/* Of both tables, as committed. */
int64_t
log_tables_rows(const struct log_tables *tables);

/* Begins a batch.  Errors as database_step(), here and below. */
__attribute__((warn_unused_result)) int
log_tables_begin(struct log_tables *tables);

__attribute__((warn_unused_result)) int
log_tables_add(struct log_tables *tables, const struct log_row *row);

__attribute__((warn_unused_result)) int
log_tables_commit(struct log_tables *tables);

/* What was done since log_tables_begin() is undone; also after an error. */
void
log_tables_rollback(struct log_tables *tables);

/*
 * (in a batch) Deletes the oldest rows of one table that are older than before_us, `limit` at the
 * most.  Returns their number.
 */
__attribute__((warn_unused_result)) int
log_tables_delete(struct log_tables *tables, enum log_table which, int64_t before_us, int limit);

/* The newest time of any row that is not newer than until_us; TICK_NONE where there is none. */
__attribute__((warn_unused_result)) int
log_tables_newest(struct log_tables *tables, int64_t until_us, int64_t *ret_us);

#endif
