/*
 * Imports, one after the other, as tradingctl asks for them: what runs, and how the last ones ended.
 */
#ifndef TICKD_IMPORT_H
#define TICKD_IMPORT_H

#include <jansson.h>
#include <stdint.h>
#include <uv.h>

#include "common/settings.h"
#include "tickd/import/import_run.h"
#include "tickd/store/storage.h"

struct imports;

/* Loop thread: an import has ended; another may begin within. */
typedef void imports_ended(void *context, const struct import_report *report, const char *name);

/* All is borrowed; `ended` may be NULL.  NULL: out of memory. */
struct imports *
imports_create(const struct settings *settings, struct storage *storage, uv_loop_t *loop,
    imports_ended *ended, void *context);

/*
 * Begins one; the task's file is closed in every case, newest_us is set here.  Returns its
 * number, above 0; -EBUSY while another one runs, or -errno, with the sentence.
 */
__attribute__((warn_unused_result)) int64_t
imports_begin(struct imports *imports, struct import_task *task, struct problem *problem);

/*
 * {"import","state","name","kind","source","symbol","rows","passed","stored","duplicates",
 * "too_old","gaps_opened","gaps_filled","bytes","file_bytes","seconds","notices":[...],
 * "fault":{"message","exit_status"}} of the one that runs or of one of the last; NULL for others,
 * and out of memory.  A new reference.
 */
json_t *
imports_progress(struct imports *imports, int64_t number);

/* The one that runs ends soon; others are left as they are. */
void
imports_cancel(struct imports *imports, int64_t number);

/* The exit status of sysexits.h for what ended an import: 64, 65, 71, 74 or 75. */
int
import_exit_status(int error);

/*
 * The one that runs is ended, which takes a moment, and all is given back in time: call it on the
 * loop thread before storage_stop().  NULL is allowed.
 */
void
imports_free(struct imports *imports);

#endif
