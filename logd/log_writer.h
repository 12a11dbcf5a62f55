/*
 * Writes system_logs.db on a thread of its own, so that no answer waits for the disk.  Rows are
 * handed over in memory, at most LOG_WRITER_QUEUE of them, and committed LOG_WRITER_DELAY_MS
 * after the first or at LOG_WRITER_BATCH rows, whichever is sooner.  While the disk refuses, the
 * batch is kept and tried again; what then finds the queue full is counted and said.
 *
 * Between batches, and only while less than a batch waits, rows that are too old are deleted.
 */
#ifndef LOGD_LOG_WRITER_H
#define LOGD_LOG_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database.h"
#include "common/problem.h"
#include "logd/log_tables.h"

#define LOG_WRITER_QUEUE 20000	  /* rows that wait */
#define LOG_WRITER_BATCH 500	  /* rows that are not kept waiting for more */
#define LOG_WRITER_DELAY_MS 200	  /* from a row to its commit */
#define LOG_WRITER_RETRY_MS 1000  /* after a refused commit */

struct log_writer;

struct log_writer_figures {
	int64_t written, lost, waiting;	     /* rows */
	int64_t deleted;		     /* because of their age */
	int64_t rows;			     /* stored in both tables */
	struct database_counters counters;
	bool refused;			     /* the last batch was, and waits */
};

/*
 * Opens (or creates) the database as its writer and starts the thread.  keep_us says for how long
 * rows of each table are kept, 0 for ever.  Returns 0, or -errno with the sentence of
 * database_open().
 */
__attribute__((warn_unused_result)) int
log_writer_start(struct log_writer **ret, const char *state_dir,
    const int64_t keep_us[static LOG_TABLES_COUNT], struct problem *problem);

/* From any thread; never waits for the disk.  The texts are copied. */
void
log_writer_add(struct log_writer *writer, const struct log_row *row);

void
log_writer_figures(struct log_writer *writer, struct log_writer_figures *ret_figures);

/* Writes what waits, ends the thread, closes the database. */
void
log_writer_stop(struct log_writer *writer);

#endif
