#include "tradingctl/analysis_database.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/control.h"
#include "tradingctl/command.h"
#include "tradingctl/tick_database.h"

#define ASK_MS 15000 /* an analysis of months of bars takes its time */

int
analysis_database_open(struct database **ret, const struct settings *settings)
{
	struct problem problem = {0};
	int error = database_open(ret, ROLE_TRADINGCTL, DATABASE_ANALYSIS, ACCESS_READ,
	    settings->paths.state_dir, &problem);

	return error < 0 ? complain(exit_status_of(error), "%s", problem.text) : 0;
}

static int
append(struct symbols *symbols, sqlite3_stmt *row)
{
	struct symbol_row *items =
	    reallocarray(symbols->items, symbols->count + 1, sizeof(*items));
	struct symbol_row *symbol;

	if (items == NULL)
		return -ENOMEM;
	symbols->items = items;
	symbol = &items[symbols->count++];
	*symbol = (struct symbol_row){0};
	snprintf(symbol->source, sizeof(symbol->source), "%s", sqlite3_column_text(row, 0));
	snprintf(symbol->symbol, sizeof(symbol->symbol), "%s", sqlite3_column_text(row, 1));
	return 0;
}

int
analysis_database_symbols(struct database *db, const char *sql, struct symbols *ret)
{
	sqlite3_stmt *statement;
	int error;

	*ret = (struct symbols){0};
	error = database_prepare(db, sql, &statement);
	if (error < 0)
		return error;
	while (error == 0 && (error = database_step(db, statement)) == 1)
		error = append(ret, statement);
	sqlite3_finalize(statement);
	return error;
}

/* ---- questions ---- */

static int
status_of_refusal(const json_t *answer)
{
	const char *code =
	    json_string_value(json_object_get(json_object_get(answer, "error"), "code"));

	if (code != NULL && strcmp(code, "busy") == 0)
		return EX_TEMPFAIL;
	return code != NULL && strcmp(code, "forbidden") == 0 ? EX_NOPERM : 1;
}

int
analysisd_ask(const struct settings *settings, json_t *question, json_t **ret_answer)
{
	struct problem problem;
	char path[PATH_MAX];
	json_t *answer;
	int error;

	if (question == NULL)
		return complain(EX_OSERR, "out of memory");
	snprintf(path, sizeof(path), "%s/analysisd/control.sock", settings->paths.runtime_dir);
	error = control_ask(path, question, ASK_MS, &answer, &problem);
	json_decref(question);
	if (error == -ENOENT || error == -ECONNREFUSED)
		return complain(EX_UNAVAILABLE, "analysisd is not running: nobody listens at %s",
		    path);
	if (error < 0)
		return complain(error == -EACCES ? EX_NOPERM : EX_TEMPFAIL, "%s", problem.text);
	if (control_error_message(answer) == NULL) {
		*ret_answer = answer;
		return 0;
	}
	error = complain(status_of_refusal(answer), "%s", control_error_message(answer));
	json_decref(answer);
	return error;
}
