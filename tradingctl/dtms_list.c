/* dtms: the trades under watch. */
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "common/tick.h"
#include "tradingctl/analysis_database.h"
#include "tradingctl/columns.h"
#include "tradingctl/command.h"
#include "tradingctl/dtms_commands.h"
#include "tradingctl/dtms_market.h"
#include "tradingctl/dtms_rows.h"
#include "tradingctl/dtms_text.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"

#define TITLES                                                                                     \
	"account|>ticket|symbol|direction|state|since (UTC)|>score|>price|>stop loss|timers|stale"

static void
add_row(struct columns *columns, const json_t *trade, bool all)
{
	static const char *const words[] = {"account", "ticket", "symbol", "direction", "state",
		"state_since"};
	char text[DTMS_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		columns_add(columns, "%s", dtms_text(trade, words[i], text));
	columns_add(columns, "%s", dtms_text_score(json_object_get(trade, "score"), text));
	columns_add(columns, "%s", dtms_text(trade, "price", text));
	columns_add(columns, "%s", dtms_text(trade, "stop_loss", text));
	columns_add(columns, "%s", dtms_text_timers(trade, text));
	columns_add(columns, "%s", dtms_text(trade, "stale", text));
	if (all)
		columns_add(columns, "%s", dtms_text_whole(trade, "closed_reason"));
}

static int
print_trades(const json_t *trades, bool all)
{
	struct columns *columns = columns_create(all ? TITLES "|closed, why" : TITLES);
	const json_t *trade;
	int error;
	size_t i;

	if (columns == NULL)
		return complain(EX_OSERR, "out of memory");
	json_array_foreach(trades, i, trade) {
		add_row(columns, trade, all);
	}
	error = columns_print(columns, true, stdout);
	columns_free(columns);
	return error < 0 ? complain(EX_OSERR, "out of memory") : EX_OK;
}

static int
print_list(const struct arguments *arguments, const json_t *sources, const json_t *trades)
{
	bool all = arguments->given & OPTION_ALL;

	if (arguments->json)
		return print_json_document(json_pack("{s:b, s:O, s:O}", "off",
		    dtms_text_is_off(sources), "sources", sources, "trades", trades), EX_OK);
	dtms_text_print_sources(sources, stdout);
	if (json_array_size(trades) > 0)
		return print_trades(trades, all);
	puts(all ? "no trade was ever under watch" : "no trade is under watch");
	return EX_OK;
}

int
dtms_list(const struct arguments *arguments)
{
	struct dtms_filter filter = DTMS_FILTER_ALL;
	json_t *sources = NULL, *trades = NULL;
	struct database *db;
	int status = analysis_database_open(&db, arguments->settings), error;

	if (status != 0)
		return status;
	filter.account = arguments->account;
	filter.closed = arguments->given & OPTION_ALL;
	error = dtms_rows_sources(db, &sources);
	if (error == 0)
		error = dtms_rows_trades(db, &filter, &trades);
	if (error < 0)
		status = complain(exit_status_of(error), "the trades cannot be read: %s",
		    database_error(db));
	if (status == 0)
		status = dtms_market_add(arguments->settings, sources, trades);
	if (status == 0)
		status = print_list(arguments, sources, trades);
	json_decref(sources);
	json_decref(trades);
	database_close(db);
	return status;
}
