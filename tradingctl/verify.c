#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/integrity.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"
#include "tradingctl/verify_symbol.h"

#define PROGRESS_US 200000 /* between two looks at the progress */

struct verify {
	const struct arguments *arguments;
	json_t *symbols, *databases; /* what was found */
	int64_t faults, rows;
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

static void
print_symbol(const struct symbol_row *symbol, const struct symbol_report *report)
{
	printf("%s:%s  %" PRId64 " rows", symbol->source, symbol->symbol, report->rows);
	if (report->ids > 0)
		printf(", %" PRId64 " ids %" PRId64 "-%" PRId64, report->ids, report->first_id,
		    report->last_id);
	printf(", %" PRId64 " candles recomputed (%" PRId64 " complete): %s\n", report->candles,
	    report->complete, report->findings.count == 0 ? "ok" : "WRONG");
	for (size_t i = 0; i < json_array_size(report->holes); i++) {
		json_int_t first, last, ids;
		const char *state, *reason;

		json_unpack(json_array_get(report->holes, i), "{s:I, s:I, s:I, s:s, s:s}",
		    "first_id", &first, "last_id", &last, "ids", &ids, "state", &state, "reason",
		    &reason);
		printf("  missing %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT
		       " (%" JSON_INTEGER_FORMAT " ids): %s%s%s%s\n", first, last, ids,
		    strcmp(state, "unknown") == 0 ? "no gap tells of it" : "reported, ",
		    strcmp(state, "unknown") == 0 ? "" : state, reason[0] == '\0' ? "" : ", ", reason);
	}
	if (report->hole_counts.holes > FINDINGS_MAX)
		printf("  and %" PRId64 " more holes\n", report->hole_counts.holes - FINDINGS_MAX);
	for (size_t i = 0; i < json_array_size(report->findings.faults); i++)
		printf("  WRONG: %s\n",
		    json_string_value(json_array_get(report->findings.faults, i)));
	if (report->findings.count > FINDINGS_MAX)
		printf("  and %" PRId64 " more faults\n", report->findings.count - FINDINGS_MAX);
}

static json_t *
symbol_json(const struct symbol_row *symbol, const struct symbol_report *report)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:O, s:I, s:O}",
	    "source", symbol->source, "symbol", symbol->symbol, "rows", (json_int_t)report->rows,
	    "ids", (json_int_t)report->ids, "first_id",
	    report->ids > 0 ? json_integer(report->first_id) : json_null(), "last_id",
	    report->ids > 0 ? json_integer(report->last_id) : json_null(), "candles",
	    (json_int_t)report->candles, "candles_complete", (json_int_t)report->complete,
	    "missing_reported", (json_int_t)report->hole_counts.reported_ids, "missing_unknown",
	    (json_int_t)report->hole_counts.unknown_ids, "hole_count",
	    (json_int_t)report->hole_counts.holes, "holes", report->holes, "fault_count",
	    (json_int_t)report->findings.count, "faults", report->findings.faults);
}

static int
check_symbol(struct verify *verify, struct database *db, const struct symbol_row *symbol)
{
	struct symbol_report report;
	struct problem problem;
	int error = verify_symbol(db, symbol, on_progress, verify, &report, &problem);

	show_step(verify, "");
	if (error == 0) {
		verify->faults += report.findings.count;
		json_array_append_new(verify->symbols, symbol_json(symbol, &report));
		if (!verify->arguments->json)
			print_symbol(symbol, &report);
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
check_database(struct verify *verify, enum database_id id)
{
	json_t *answers = NULL;
	struct problem problem;
	char step[128];
	int error;

	snprintf(step, sizeof(step), "integrity of %s ...", access_database_file(id));
	show_step(verify, step);
	error = integrity_check(id, verify->arguments->settings->paths.state_dir, &answers,
	    &problem);
	show_step(verify, "");
	if (error == -ENOENT) {
		record_database(verify, id, "absent", json_array());
		return 0;
	}
	if (error == -EIO) { /* SQLite cannot even read it: that is the answer */
		record_database(verify, id, "WRONG", json_pack("[s]", problem.text));
		return 0;
	}
	if (error < 0)
		return complain(exit_status_of(error), "%s", problem.text);
	record_database(verify, id, json_array_size(answers) == 0 ? "ok" : "WRONG", answers);
	return 0;
}

/* ---- the command ---- */

static int
print_end(struct verify *verify)
{
	double seconds = (double)(clock_monotonic_us() - verify->started_us) / 1e6;
	int status = verify->faults == 0 ? EX_OK : 1;

	if (verify->arguments->json)
		return print_json_document(json_pack("{s:b, s:I, s:f, s:O, s:O}", "ok",
		    verify->faults == 0, "faults", (json_int_t)verify->faults, "seconds", seconds,
		    "symbols", verify->symbols, "databases", verify->databases), status);
	if (verify->faults == 0)
		printf("verify: ok in %.1f s\n", seconds);
	else
		printf("verify: %" PRId64 " faults in %.1f s\n", verify->faults, seconds);
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
	int status = check_symbols(&verify);

	for (int id = 0; id < DATABASE_COUNT && status == 0 && !(arguments->given & OPTION_QUICK);
	     id++)
		status = check_database(&verify, id);
	if (status == 0)
		status = print_end(&verify);
	json_decref(verify.symbols);
	json_decref(verify.databases);
	return status;
}
