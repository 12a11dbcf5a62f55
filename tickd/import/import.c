#include "tickd/import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"

/* Who asked may look a little later: as many connections as the control socket has could wait. */
#define ENDED_KEPT 32

struct ended {
	int64_t number; /* 0: none */
	json_t *progress;
};

struct imports {
	const struct settings *settings;
	struct storage *storage;
	uv_loop_t *loop;
	imports_ended *ended;
	void *context;
	int64_t last_number;
	struct import_run *run; /* NULL while none runs */
	char *name;		/* its file's */
	struct ended kept[ENDED_KEPT]; /* by number, modulo */
};

/* ---- what is said of one ---- */

static const char *
state_name(enum import_state state)
{
	static const char *const names[] = {
		[IMPORT_RUNNING] = "running",
		[IMPORT_DONE] = "done",
		[IMPORT_FAILED] = "failed",
		[IMPORT_CANCELLED] = "cancelled",
		[IMPORT_UNCONFIRMED] = "unconfirmed",
	};

	return names[state];
}

int
import_exit_status(int error)
{
	switch (error) {
	case -EINVAL:
	case -EBADMSG:
	case -EPIPE:
	case -EPROTO:
	case -ENOTSUP:
		return EX_DATAERR;
	case -ENODATA:
		return EX_USAGE;
	case -EIO:
		return EX_IOERR;
	case -ENOMEM:
		return EX_OSERR;
	default:
		return EX_TEMPFAIL;
	}
}

static json_t *
notices_json(const struct import_report *report)
{
	json_t *notices = json_array();

	for (int i = 0; i < report->notice_count; i++)
		json_array_append_new(notices, json_string(report->notices[i].text));
	return notices;
}

static json_t *
progress_json(int64_t number, const char *name, const struct import_report *report)
{
	json_t *progress = json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o}",
	    "import", (json_int_t)number, "state", state_name(report->state), "name", name, "kind",
	    archive_kind_name(report->kind), "source", report->source, "symbol", report->symbol,
	    "rows", (json_int_t)report->read.rows, "passed", (json_int_t)report->read.passed,
	    "stored", (json_int_t)report->stored, "duplicates", (json_int_t)report->duplicates,
	    "too_old", (json_int_t)report->too_old, "gaps_opened",
	    (json_int_t)report->gaps_opened, "gaps_filled", (json_int_t)report->gaps_filled,
	    "bytes", (json_int_t)report->read.bytes, "file_bytes",
	    (json_int_t)report->read.file_bytes, "seconds", (double)report->took_us / 1e6,
	    "notices", notices_json(report));

	if (report->state == IMPORT_FAILED)
		json_object_set_new(progress, "fault", json_pack("{s:s, s:i}", "message",
		    report->problem.text, "exit_status", import_exit_status(report->error)));
	return progress;
}

/* ---- one after the other ---- */

static void
on_ended(struct import_run *run, void *context)
{
	struct imports *imports = context;
	struct ended *kept = &imports->kept[imports->last_number % ENDED_KEPT];
	struct import_report report;
	char *name = imports->name;

	import_run_report(run, &report);
	import_run_free(run);
	json_decref(kept->progress);
	*kept = (struct ended){imports->last_number,
		progress_json(imports->last_number, name, &report)};
	imports->run = NULL;
	imports->name = NULL; /* another import may begin within the call */
	if (imports->ended != NULL)
		imports->ended(imports->context, &report, name);
	free(name);
}

/* The live source's newest tick: its clock. */
static int64_t
newest_tick(const struct imports *imports)
{
	int64_t newest_us = TICK_NONE;

	for (size_t i = 0; i < imports->settings->binance.symbols.count; i++) {
		struct store_symbol symbol;

		storage_symbol(imports->storage, i, &symbol);
		if (symbol.newest_us > newest_us)
			newest_us = symbol.newest_us;
	}
	return newest_us;
}

static int
begin(struct imports *imports, struct import_task *task, struct problem *problem)
{
	char *name = strdup(task->name);
	int error;

	task->newest_us = newest_tick(imports);
	if (name == NULL) {
		close(task->file);
		return problem_set(problem, -ENOMEM, "out of memory");
	}
	error = import_run_start(&imports->run, task, imports->settings, imports->storage, imports->loop,
	    on_ended, imports, problem);
	if (error < 0) {
		free(name);
		return error;
	}
	free(imports->name);
	imports->name = name;
	return 0;
}

int64_t
imports_begin(struct imports *imports, struct import_task *task, struct problem *problem)
{
	int error;

	if (imports->run != NULL) {
		close(task->file);
		return problem_set(problem, -EBUSY, "another import is running: %s", imports->name);
	}
	error = begin(imports, task, problem);
	return error < 0 ? error : ++imports->last_number;
}

json_t *
imports_progress(struct imports *imports, int64_t number)
{
	const struct ended *kept = &imports->kept[number < 0 ? 0 : number % ENDED_KEPT];
	struct import_report report;

	if (imports->run != NULL && number == imports->last_number) {
		import_run_report(imports->run, &report);
		return progress_json(number, imports->name, &report);
	}
	return number > 0 && kept->number == number ? json_incref(kept->progress) : NULL;
}

void
imports_cancel(struct imports *imports, int64_t number)
{
	if (imports->run != NULL && number == imports->last_number)
		import_run_cancel(imports->run);
}

/* ---- the whole ---- */

struct imports *
imports_create(const struct settings *settings, struct storage *storage, uv_loop_t *loop,
    imports_ended *ended, void *context)
{
	struct imports *imports = calloc(1, sizeof(*imports));

	if (imports == NULL)
		return NULL;
	imports->settings = settings;
	imports->storage = storage;
	imports->loop = loop;
	imports->ended = ended;
	imports->context = context;
	return imports;
}

void
imports_free(struct imports *imports)
{
	if (imports == NULL)
		return;
	if (imports->run != NULL)
		import_run_free(imports->run);
	for (int i = 0; i < ENDED_KEPT; i++)
		json_decref(imports->kept[i].progress);
	free(imports->name);
	free(imports);
}
