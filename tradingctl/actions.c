/* actions: what DTMS decided should be done, the newest. */
#include <stdio.h>
#include <sysexits.h>

#include "common/tick.h"
#include "tradingctl/analysis_database.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/commands.h"
#include "tradingctl/dtms_commands.h"
#include "tradingctl/dtms_rows.h"
#include "tradingctl/dtms_text.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"

#define ROWS 20 /* without --limit */

static const char symbols_sql[] = "SELECT DISTINCT source, symbol FROM dtms_trades ORDER BY 1, 2";

static void
add_row(struct columns *columns, const json_t *action)
{
	char text[DTMS_TEXT_SIZE];

	columns_add(columns, "%s", dtms_text_whole(action, "time"));
	columns_add(columns, "%s", dtms_text_whole(action, "account"));
	columns_add(columns, "%s", dtms_text(action, "ticket", text));
	columns_add(columns, "%s", dtms_text_whole(action, "symbol"));
	columns_add(columns, "%s", dtms_text_whole(action, "action_type"));
	columns_add(columns, "%s", dtms_text_whole(action, "mode"));
	columns_add(columns, "%s", dtms_text_whole(action, "status"));
	columns_add(columns, "%s", dtms_text_states(action, text));
	columns_add(columns, "%s", dtms_text_score(json_object_get(action, "score_after"), text));
	columns_add(columns, "%s", dtms_text_whole(action, "reason"));
	columns_add(columns, "%s", dtms_text_whole(action, "error"));
}

static int
print_rows(const json_t *actions)
{
	struct columns *columns = columns_create(
	    "time (UTC)|account|>ticket|symbol|action|mode|status|state|>score|reason|error");
	const json_t *action;
	int error;
	size_t i;

	if (columns == NULL)
		return complain(EX_OSERR, "out of memory");
	json_array_foreach(actions, i, action) {
		add_row(columns, action);
	}
	error = columns_print(columns, true, stdout);
	columns_free(columns);
	return error < 0 ? complain(EX_OSERR, "out of memory") : EX_OK;
}

static int
print(const struct arguments *arguments, json_t *actions)
{
	int status = EX_OK;

	if (arguments->json)
		return print_json_document(json_pack("{s:o}", "actions", actions), EX_OK);
	if (json_array_size(actions) == 0)
		puts("no action was written");
	else
		status = print_rows(actions);
	json_decref(actions);
	return status;
}

static int
show(struct database *db, const struct arguments *arguments, struct dtms_filter *filter)
{
	json_t *actions;
	int error;

	filter->account = arguments->account;
	filter->limit = arguments->given & OPTION_LIMIT ? arguments->limit : ROWS;
	error = dtms_rows_actions(db, filter, &actions);
	if (error < 0)
		return complain(exit_status_of(error), "the actions cannot be read: %s",
		    database_error(db));
	return print(arguments, actions);
}

static int
show_of_symbol(struct database *db, const struct arguments *arguments, struct dtms_filter *filter)
{
	struct symbols symbols;
	struct problem problem;
	int error = analysis_database_symbols(db, symbols_sql, &symbols), status;

	if (error < 0) {
		status = complain(exit_status_of(error), "the symbols cannot be read: %s",
		    database_error(db));
	} else {
		filter->symbol = symbols_find(&symbols, arguments->symbol, &problem);
		status = filter->symbol == NULL ? complain(EX_USAGE, "%s", problem.text) :
						  show(db, arguments, filter);
	}
	symbols_free(&symbols);
	return status;
}

int
command_actions(const struct arguments *arguments)
{
	struct dtms_filter filter = DTMS_FILTER_ALL;
	struct database *db;
	int status = 0;

	if (arguments->word_count == 1)
		status = dtms_read_ticket(arguments->words[0], &filter.ticket);
	if (status == 0)
		status = analysis_database_open(&db, arguments->settings);
	if (status != 0)
		return status;
	status = arguments->given & OPTION_SYMBOL ? show_of_symbol(db, arguments, &filter) :
						    show(db, arguments, &filter);
	database_close(db);
	return status;
}
