#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/lease.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/integrity.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"
#include "tradingctl/verify_dtms.h"
#include "tradingctl/verify_report.h"

#define PROGRESS_US 200000   /* between two looks at the progress */
#define FROZEN_WAIT_MS 15000 /* tickd deletes a slice of old ticks every 10 s at the least */

struct verify {
	const struct arguments *arguments;
	json_t *symbols, *databases; /* what was found */
	json_t *dtms;		     /* the same; NULL where it is not looked at */
	int64_t faults, missing, rows;
	int64_t started_us, shown_us; /* monotonic */
	bool progress;		      /* stderr is a terminal */
};

/* ---- progress ---- */

static void
on_progress(void *context, int64_t rows)
{
	struct verify *verify = context;
	int64_t now_us = clock_monotonic_us();

	verify->rows += rows;
	if (!verify->progress || now_us - verify->shown_us < PROGRESS_US)
		return;
	verify->shown_us = now_us;
	fprintf(stderr, "\r%" PRId64 " ticks, %.1f s", verify->rows,
	    (double)(now_us - verify->started_us) / 1e6);
}

static void
show_step(struct verify *verify, const char *step)
{
	if (verify->progress)
		fprintf(stderr, "\r\033[K%s", step);
}

/* ---- symbols ---- */

/* Whether somebody deletes old ticks at all. */
static bool
tickd_runs(const struct settings *settings)
{
	char path[ACCESS_PATH_SIZE], lease[ACCESS_PATH_SIZE + 8], holder[LEASE_HOLDER_SIZE];
	int pid;

	if (access_database_path(DATABASE_TICKS, settings->paths.state_dir, path) < 0)
		return false;
	snprintf(lease, sizeof(lease), "%s.lease", path);
	return lease_holder(lease, holder, &pid) == 1;
}

static int
check_symbol(struct verify *verify, struct database *db, const struct symbol_row *symbol)
{
	const struct settings *settings = verify->arguments->settings;
	const struct verify_rules rules = {
		.candles_kept_us = settings->retention.m5_candles_us,
		.frozen_wait_ms = tickd_runs(settings) ? FROZEN_WAIT_MS : 0,
	};
	struct symbol_report report;
	struct problem problem;
	int error = verify_symbol(db, symbol, &rules, on_progress, verify, &report, &problem);

	show_step(verify, "");
	if (error == 0) {
		verify->faults += report.findings.count;
		verify->missing += verify_report_missing(&report);
		json_array_append_new(verify->symbols, verify_report_json(symbol, &report));
		if (!verify->arguments->json)
			verify_report_print(symbol, &report);
	}
	symbol_report_finish(&report);
	if (error == -EIO) { /* SQLite cannot read on: wrong, and integrity_check says how */
		verify->faults++;
		complain(1, "%s", problem.text);
		return 0;
	}
	return error < 0 ? complain(exit_status_of(error), "%s", problem.text) : 0;
}

static int
check_symbols(struct verify *verify)
{
	const struct arguments *arguments = verify->arguments;
	const struct symbol_row *only = NULL;
	struct tick_database ticks;
	int status = tick_database_open(&ticks, arguments->settings);

	if (status != 0)
		return status;
	if (arguments->word_count == 1) {
		only = tick_database_find(&ticks, arguments->words[0]);
		status = only == NULL ? EX_USAGE : 0;
	}
	for (size_t i = 0; i < ticks.symbols.count && status == 0; i++)
		if (only == NULL || only == &ticks.symbols.items[i])
			status = check_symbol(verify, ticks.db, &ticks.symbols.items[i]);
	tick_database_close(&ticks);
	return status;
}

/* ---- DTMS ---- */

static int
check_dtms_rows(struct verify *verify, struct database *db)
{
	int64_t kept_us = verify->arguments->settings->retention.dtms_actions_us;
	struct dtms_report report;
	int error = verify_dtms(db, kept_us, &report), status = 0;

	if (error == 0) {
		verify->faults += report.findings.count;
		verify->dtms = dtms_report_json(&report);
		if (!verify->arguments->json)
			dtms_report_print(&report);
	} else if (error == -EIO) { /* wrong, and integrity_check says how */
		verify->faults++;
		complain(1, "what DTMS stored cannot be read: %s", database_error(db));
	} else {
		status = complain(exit_status_of(error), "what DTMS stored cannot be read: %s",
		    database_error(db));
	}
	dtms_report_finish(&report);
	return status;
}

/* Its trades are of all symbols: where one is named, it is left out. */
static int
check_dtms(struct verify *verify)
{
	const struct settings *settings = verify->arguments->settings;
	struct problem problem = {0};
	struct database *db;
	int error, status;

	if (verify->arguments->word_count > 0)
		return 0;
	error = database_open(&db, ROLE_TRADINGCTL, DATABASE_ANALYSIS, ACCESS_READ,
	    settings->paths.state_dir, &problem);
	if (error == -ENOENT) /* analysisd has still to make it */
		return 0;
	if (error == -EIO) {
		verify->faults++;
		complain(1, "%s", problem.text);
		return 0;
	}
	if (error < 0)
		return complain(exit_status_of(error), "%s", problem.text);
	status = check_dtms_rows(verify, db);
	database_close(db);
	return status;
}

/* ---- databases ---- */

static void
record_database(struct verify *verify, enum database_id id, const char *result, json_t *answers)
{
	verify->faults += (int64_t)json_array_size(answers);
	if (!verify->arguments->json) {
		printf("%s  integrity_check: %s\n", access_database_file(id), result);
		for (size_t i = 0; i < json_array_size(answers); i++)
			printf("  WRONG: %s\n", json_string_value(json_array_get(answers, i)));
	}
	json_object_set_new(verify->databases, access_database_file(id),
	    json_pack("{s:s, s:o}", "integrity_check", result, "faults", answers));
}

static int
judge_database(struct verify *verify, enum database_id id, struct integrity_result *result)
{
	if (result->error == -ENOENT) {
		record_database(verify, id, "absent", json_array());
		return 0;
	}
	if (result->error == -EIO) { /* SQLite cannot even read it: that is the answer */
		record_database(verify, id, "WRONG", json_pack("[s]", result->problem.text));
		return 0;
	}
	if (result->error < 0)
		return complain(exit_status_of(result->error), "%s", result->problem.text);
	record_database(verify, id, json_array_size(result->answers) == 0 ? "ok" : "WRONG",
	    json_incref(result->answers));
	return 0;
}

/* Waits for the checks, and judges them where all else went well. */
static int
judge_databases(struct verify *verify, struct integrity_run *run, int status)
{
	struct integrity_result results[DATABASE_COUNT];

	show_step(verify, "integrity_check of the databases ...");
	integrity_finish(run, results);
	show_step(verify, "");
	for (int id = 0; id < DATABASE_COUNT; id++) {
		if (status == 0)
			status = judge_database(verify, (enum database_id)id, &results[id]);
		json_decref(results[id].answers);
	}
	return status;
}

/* ---- the command ---- */

static int
print_end(struct verify *verify)
{
	double seconds = (double)(clock_monotonic_us() - verify->started_us) / 1e6;
	bool whole = verify->missing == 0;
	int status = verify->faults > 0 ||
	    (!whole && (verify->arguments->given & OPTION_WHOLE)) ? 1 : EX_OK;

	if (verify->arguments->json)
		return print_json_document(json_pack("{s:b, s:b, s:I, s:I, s:f, s:O, s:O, s:O?}",
		    "ok", verify->faults == 0, "whole", whole, "faults", (json_int_t)verify->faults,
		    "missing", (json_int_t)verify->missing, "seconds", seconds, "symbols",
		    verify->symbols, "databases", verify->databases, "dtms", verify->dtms), status);
	printf("verify: ");
	if (verify->faults > 0)
		printf("%" PRId64 " faults", verify->faults);
	else
		printf("ok");
	if (!whole)
		printf(", not whole: %" PRId64 " ids are missing", verify->missing);
	printf(", %.1f s\n", seconds);
	return status;
}

int
command_verify(const struct arguments *arguments)
{
	struct verify verify = {
		.arguments = arguments,
		.symbols = json_array(),
		.databases = json_object(),
		.started_us = clock_monotonic_us(),
		.progress = isatty(STDERR_FILENO) == 1,
	};
	struct integrity_run *integrity = NULL;
	int error = 0, status;

	/* Beside the ticks, on the other processor. */
	if (!(arguments->given & OPTION_QUICK))
		error = integrity_start(&integrity, arguments->settings->paths.state_dir);
	status = error < 0 ? complain(EX_OSERR, "no thread can be started: %s", strerror(-error)) :
			     check_symbols(&verify);
	if (status == 0)
		status = check_dtms(&verify);
	if (integrity != NULL)
		status = judge_databases(&verify, integrity, status);
	if (status == 0)
		status = print_end(&verify);
	json_decref(verify.symbols);
	json_decref(verify.databases);
	json_decref(verify.dtms);
	return status;
}
