#include "tickd/tickd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "common/service.h"
#include "tickd/binance.h"
#include "tickd/control_commands.h"
#include "tickd/import/import.h"
#include "tickd/import/import_files.h"
#include "tickd/mt5.h"
#include "tickd/net/link.h"
#include "tickd/store/storage.h"

#define GAP_BURST 20 /* lines about gaps in GAP_WINDOW_US */
#define GAP_WINDOW_US INT64_C(60000000)

struct tickd {
	const struct settings *settings;
	struct service *service;
	struct storage *storage;
	struct link *link;
	struct binance *binance; /* NULL where the settings have none, and once it is closed */
	struct mt5 *mt5;	 /* the same */
	struct imports *imports;
	struct import_files *files;
	struct control_commands *commands;
	struct storage_figures told; /* what was logged last */
	struct log_limit gap_limit;
};

/* ---- from the feed ---- */

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	const struct log_subject subject = {.symbol = symbol, .feed = "binance"};

	log_event(level, event, &subject, "%s", sentence);
}

static void
on_mt5_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	const struct log_subject subject = {.symbol = symbol, .feed = "mt5"};

	log_event(level, event, &subject, "%s", sentence);
}

/* ---- from storage ---- */

static void
log_gaps(struct tickd *tickd, const struct storage_figures *now)
{
	int64_t opened = now->gaps_opened - tickd->told.gaps_opened, suppressed;
	struct log_subject subject = {0};

	if (opened == 0 || !log_limit_pass(&tickd->gap_limit, GAP_BURST, GAP_WINDOW_US,
		clock_monotonic_us(), &suppressed))
		return;
	subject.symbol = tickd->settings->binance.symbols.items[now->gap_symbol];
	log_event(LOG_WARNING, "gap-opened", &subject,
	    "ids %" PRId64 " to %" PRId64 " are missing (%" PRId64 " trades); %" PRId64
	    " gaps were opened since the last such line", now->gap.first_id, now->gap.last_id,
	    now->gap.last_id - now->gap.first_id + 1, opened);
	tickd->told.gaps_opened = now->gaps_opened;
}

static void
log_failure(struct tickd *tickd, const struct storage_figures *now)
{
	if (now->failing != 0 && tickd->told.failing == 0)
		log_event(LOG_ERR, "storage-failing", NULL,
		    "ticks cannot be stored: %s; the batch is kept and tried again",
		    now->failing_text);
	if (now->failing == 0 && tickd->told.failing != 0)
		log_event(LOG_NOTICE, "storage-well", NULL, "ticks are stored again");
	if (now->wal_pinned && !tickd->told.wal_pinned)
		log_event(LOG_WARNING, "wal-pinned", NULL,
		    "the write-ahead log has %" PRId64 " bytes: a reader keeps it from shrinking",
		    now->wal_bytes);
	tickd->told.failing = now->failing;
	tickd->told.wal_pinned = now->wal_pinned;
}

static void
on_stored(void *context)
{
	struct tickd *tickd = context;
	struct storage_figures now;

	storage_figures(tickd->storage, &now);
	log_gaps(tickd, &now);
	log_failure(tickd, &now);
	if (service_stopping(tickd->service))
		return;
	if (tickd->binance != NULL)
		binance_poke(tickd->binance);
}

/* ---- imports ---- */

static void
on_import_ended(void *context, const struct import_report *report, const char *name)
{
	struct tickd *tickd = context;

	if (!import_files_ended(tickd->files, tickd->imports, report, name) &&
	    tickd->files->count > 0)
		service_fail(tickd->service, tickd->files->exit_status);
}

static int
create_imports(struct tickd *tickd, struct problem *problem)
{
	uv_loop_t *loop = service_loop(tickd->service);

	tickd->imports = imports_create(tickd->settings, tickd->storage, loop, on_import_ended,
	    tickd);
	if (tickd->imports == NULL)
		return problem_set(problem, -ENOMEM, "out of memory");
	return control_commands_create(&tickd->commands, loop, tickd->settings, tickd->imports,
	    problem);
}

/* ---- signs of life ---- */

static bool
is_alive(void *context)
{
	return storage_alive(((struct tickd *)context)->storage);
}

static json_t *
commits_json(const struct storage_figures *figures)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "count",
	    (json_int_t)figures->commits, "rows", (json_int_t)figures->stored, "duplicates",
	    (json_int_t)figures->duplicates, "late", (json_int_t)figures->late, "gaps_opened",
	    (json_int_t)figures->gaps_opened, "gaps_filled", (json_int_t)figures->gaps_filled,
	    "p50_us", (json_int_t)figures->commit_p50_us, "p99_us",
	    (json_int_t)figures->commit_p99_us, "longest_us",
	    (json_int_t)figures->commit_longest_us);
}

static json_t *
database_json(const struct storage_figures *figures)
{
	return json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:s*}}", "main_db", "size_bytes",
	    (json_int_t)figures->size_bytes, "wal_bytes", (json_int_t)figures->wal_bytes, "rows",
	    (json_int_t)figures->rows, "retries", (json_int_t)figures->counters.retries,
	    "longest_wait_us", (json_int_t)figures->counters.longest_wait_us, "failures",
	    (json_int_t)figures->counters.failures, "failing",
	    figures->failing != 0 ? figures->failing_text : NULL);
}

static void
on_status(void *context, json_t *status)
{
	struct tickd *tickd = context;
	struct storage_figures figures;
	json_t *feeds = json_array();
	bool live = tickd->binance == NULL || binance_healthy(tickd->binance);
	char absent[MT5_ABSENT_SIZE] = "";
	bool terminals = tickd->mt5 == NULL || !mt5_absent(tickd->mt5, absent);
	int64_t missing;

	storage_figures(tickd->storage, &figures);
	log_failure(tickd, &figures);
	if (tickd->binance != NULL)
		json_array_append_new(feeds, binance_status(tickd->binance));
	missing = json_integer_value(json_object_get(json_array_get(feeds, 0), "missing"));
	if (tickd->mt5 != NULL)
		mt5_add_status(tickd->mt5, feeds);
	json_object_set_new(status, "feeds", feeds);
	json_object_set_new(status, "commits", commits_json(&figures));
	json_object_set_new(status, "databases", database_json(&figures));
	service_set_degraded(tickd->service, figures.failing != 0 || !live || !terminals);
	service_set_status(tickd->service, "%" PRId64 " ticks stored, %" PRId64 " missing%s%s%s%s",
	    figures.rows, missing, live ? "" : ", feed not live", terminals ? "" : ", ", absent,
	    figures.failing != 0 ? ", storage failing" : "");
}

/* ---- the end: the feeds close, then storage drains ---- */

static void
finish_if_closed(struct tickd *tickd)
{
	int64_t lost;

	if (tickd->binance != NULL || tickd->mt5 != NULL)
		return;
	link_close(tickd->link);
	lost = storage_stop(tickd->storage);
	if (lost > 0)
		log_event(LOG_ERR, "ticks-not-stored", NULL,
		    "%" PRId64 " ticks could not be stored before the end; the next start finds "
		    "them missing", lost);
}

static void
on_binance_closed(void *context)
{
	struct tickd *tickd = context;

	tickd->binance = NULL;
	finish_if_closed(tickd);
}

static void
on_mt5_closed(void *context)
{
	struct tickd *tickd = context;

	tickd->mt5 = NULL;
	finish_if_closed(tickd);
}

static void
on_stop(void *context)
{
	struct tickd *tickd = context;

	control_commands_close(tickd->commands);
	imports_free(tickd->imports);
	if (tickd->mt5 != NULL)
		mt5_stop(tickd->mt5);
	if (tickd->binance != NULL)
		binance_stop(tickd->binance);
	finish_if_closed(tickd);
}

/* ---- the beginning ---- */

static int
create(struct tickd *tickd, struct problem *problem)
{
	const struct service_hooks hooks = {on_stop, on_status, is_alive, tickd};
	int error;

	error = service_start(&tickd->service, "tickd", tickd->settings, &hooks, problem);
	if (error < 0)
		return error;
	error = storage_create(&tickd->storage, tickd->settings, service_loop(tickd->service),
	    on_stored, tickd, problem);
	if (error < 0)
		return error;
	error = create_imports(tickd, problem);
	if (error == 0)
		error = link_create(&tickd->link, service_loop(tickd->service), problem);
	if (error == 0 && tickd->settings->binance.enabled && !tickd->files->only)
		error = binance_create(&tickd->binance, tickd->settings,
		    service_loop(tickd->service), tickd->link, tickd->storage, on_tell,
		    on_binance_closed, tickd, problem);
	if (error == 0 && tickd->settings->mt5.enabled && !tickd->files->only)
		error = mt5_create(&tickd->mt5, tickd->settings, service_loop(tickd->service),
		    tickd->storage, on_mt5_tell, on_mt5_closed, tickd, problem);
	return error;
}

static void
log_start(const struct tickd *tickd)
{
	const struct settings *settings = tickd->settings;

	if (tickd->binance != NULL || tickd->mt5 == NULL)
		log_event(LOG_INFO, "started", NULL, "%zu symbols of %s from %s",
		    tickd->binance != NULL ? settings->binance.symbols.count : 0,
		    settings->binance.source, settings->binance.stream_url);
	if (tickd->mt5 != NULL)
		log_event(LOG_INFO, "listening", NULL,
		    "%zu accounts of MetaTrader 5: terminals connect to %s",
		    settings->mt5.account_count, settings->mt5.listen);
}

int
tickd_run(const struct settings *settings, struct import_files *files)
{
	struct tickd tickd = {.settings = settings, .files = files};
	struct problem problem;
	int error = create(&tickd, &problem), status;

	if (error < 0) {
		log_event(LOG_ERR, "start-failed", NULL, "%s", problem.text);
		return program_exit_status(error);
	}
	log_start(&tickd);
	service_ready(tickd.service);
	if (tickd.binance != NULL)
		binance_start(tickd.binance);
	if (files->count > 0 && !import_files_next(files, tickd.imports))
		service_fail(tickd.service, files->exit_status);
	status = service_run(tickd.service);
	link_free(tickd.link);
	service_finish(tickd.service);
	return status;
}
