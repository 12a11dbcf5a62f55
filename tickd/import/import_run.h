/*
 * One import: a thread of its own reads and parses the file and hands pages to the storage thread,
 * two of them at a time, so that memory is bounded and live ticks go first.
 */
#ifndef TICKD_IMPORT_RUN_H
#define TICKD_IMPORT_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/problem.h"
#include "common/settings.h"
#include "tickd/import/import_reader.h"
#include "tickd/store/storage.h"

#define IMPORT_NOTICES_MAX 4 /* that an import can have: one of each kind */

struct import_run;

/* What is asked for.  The texts are copied. */
struct import_task {
	int file; /* open for reading; the run's to close, also when it cannot start */
	const char *name, *symbol, *source; /* NULL: what the file says; what goes with its kind */
	int64_t utc_offset_us;
	bool offset_given;
	bool confirmed;	   /* begin although rows are older than what the live source keeps */
	int64_t newest_us; /* the live source's newest tick, TICK_NONE before the first */
};

enum import_state {
	IMPORT_RUNNING,
	IMPORT_DONE,
	IMPORT_FAILED,	    /* what was stored stays */
	IMPORT_CANCELLED,   /* the same */
	IMPORT_UNCONFIRMED, /* nothing was stored: the notices are to be confirmed */
};

/* How far it is, copied out whole. */
struct import_report {
	enum import_state state;
	enum archive_kind kind;
	char source[ARCHIVE_SYMBOL_SIZE];
	char symbol[ARCHIVE_SYMBOL_SIZE]; /* "" for a recording of several */
	struct import_figures read;
	int64_t stored, duplicates, too_old, gaps_opened, gaps_filled;
	int64_t took_us;
	int error; /* of a failed one */
	struct problem problem;
	int notice_count;
	struct problem notices[IMPORT_NOTICES_MAX];
};

/* Loop thread: it has ended by itself; the report is final.  import_run_free() is allowed within. */
typedef void import_run_ended(struct import_run *run, void *context);

/* `settings`, `storage` and `loop` outlive it.  Returns 0 or -errno with the sentence. */
__attribute__((warn_unused_result)) int
import_run_start(struct import_run **ret, const struct import_task *task,
    const struct settings *settings, struct storage *storage, uv_loop_t *loop,
    import_run_ended *ended, void *context, struct problem *problem);

void
import_run_report(struct import_run *run, struct import_report *ret);

/* It ends soon, with what is stored by then. */
void
import_run_cancel(struct import_run *run);

/*
 * Loop thread: ends the thread, which takes a moment, and lets the run go; `ended` is not called any
 * more.  Its memory is given back once storage has returned its jobs, at the latest in
 * storage_stop(), and the loop has closed its handle.
 */
void
import_run_free(struct import_run *run);

#endif
