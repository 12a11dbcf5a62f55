/* dtms TICKET: everything that is stored of one trade. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/tick.h"
#include "tradingctl/analysis_database.h"
#include "tradingctl/command.h"
#include "tradingctl/dtms_commands.h"
#include "tradingctl/dtms_market.h"
#include "tradingctl/dtms_rows.h"
#include "tradingctl/dtms_trade.h"
#include "tradingctl/print_json.h"
#include "tradingctl/tick_database.h"

#define CHECKS 20 /* shown without --limit */

/* What is stored of the trade; all are owned. */
struct trade_rows {
	json_t *trades; /* the trade, and what stands behind it under the same ticket */
	json_t *sources, *checks, *actions, *adopted;
};

static int
say_failed(struct database *db, int error)
{
	return complain(exit_status_of(error), "the trade cannot be read: %s", database_error(db));
}

/* ---- which trade ---- */

/* "A, B": the accounts of the trades, each once; cut to size. */
static void
list_accounts(const json_t *trades, char *text, size_t size)
{
	const char *before = "";
	const json_t *trade;
	size_t i, length = 0;

	text[0] = '\0';
	json_array_foreach(trades, i, trade) {
		const char *account = json_string_value(json_object_get(trade, "account"));

		if (account == NULL || strcmp(account, before) == 0 || length >= size)
			continue;
		length += (size_t)snprintf(text + length, size - length, "%s%s",
		    length == 0 ? "" : ", ", account);
		before = account;
	}
}

static bool
is_one_account(const json_t *trades)
{
	const json_t *first = json_object_get(json_array_get(trades, 0), "account"), *trade;
	size_t i;

	json_array_foreach(trades, i, trade) {
		if (!json_equal(json_object_get(trade, "account"), first))
			return false;
	}
	return true;
}

/* The newest registration of the ticket, which *filter then means alone. */
static int
choose(const struct arguments *arguments, json_t *trades, struct dtms_filter *filter)
{
	const json_t *trade = json_array_get(trades, 0);
	char accounts[256];

	if (trade == NULL)
		return complain(EX_USAGE, "%" PRId64 " is unknown: no such ticket%s%.64s was ever "
		    "under watch", filter->ticket, arguments->account == NULL ? "" : " of account ",
		    arguments->account == NULL ? "" : arguments->account);
	if (!is_one_account(trades)) {
		list_accounts(trades, accounts, sizeof(accounts));
		return complain(EX_USAGE, "%" PRId64 " is ambiguous: say --account with one of %s",
		    filter->ticket, accounts);
	}
	filter->account = json_string_value(json_object_get(trade, "account"));
	filter->registered_us = json_integer_value(json_object_get(trade, "registered_us"));
	while (json_array_size(trades) > 1)
		json_array_remove(trades, json_array_size(trades) - 1);
	return 0;
}

/* ---- what there is of it ---- */

static int
read_rows(struct database *db, const struct arguments *arguments, struct dtms_filter *filter,
    struct trade_rows *rows)
{
	int error = dtms_rows_adopted(db, filter, &rows->adopted);

	filter->limit = arguments->given & OPTION_LIMIT ? arguments->limit : CHECKS;
	if (error == 0)
		error = dtms_rows_checks(db, filter, &rows->checks);
	filter->limit = 0;
	return error < 0 ? error : dtms_rows_actions(db, filter, &rows->actions);
}

static int
read_trade(struct database *db, const struct arguments *arguments, int64_t ticket,
    struct trade_rows *rows)
{
	struct dtms_filter filter = DTMS_FILTER_ALL;
	int error, status;

	filter.ticket = ticket;
	filter.account = arguments->account;
	filter.closed = true;
	error = dtms_rows_sources(db, &rows->sources);
	if (error == 0)
		error = dtms_rows_trades(db, &filter, &rows->trades);
	if (error < 0)
		return say_failed(db, error);
	status = choose(arguments, rows->trades, &filter);
	if (status != 0)
		return status;
	error = read_rows(db, arguments, &filter, rows);
	return error < 0 ? say_failed(db, error) : 0;
}

/* ---- as one document ---- */

static json_t *
source_of(const json_t *sources, const json_t *trade)
{
	json_t *source;
	size_t i;

	json_array_foreach(sources, i, source) {
		if (json_equal(json_object_get(source, "source"), json_object_get(trade, "source")))
			return source;
	}
	return NULL;
}

static json_t *
document_of(const struct trade_rows *rows)
{
	json_t *trade = json_array_get(rows->trades, 0);
	json_t *newest = json_array_get(rows->checks, json_array_size(rows->checks) - 1);

	return json_pack("{s:O, s:s?, s:O?, s:O?, s:O, s:O, s:O}", "trade", trade, "why",
	    dtms_trade_why(trade, rows->checks), "source", source_of(rows->sources, trade), "check",
	    newest, "checks", rows->checks, "actions", rows->actions, "adopted", rows->adopted);
}

static int
print(const struct arguments *arguments, json_t *document)
{
	int error;

	if (arguments->json || document == NULL)
		return print_json_document(document, EX_OK);
	error = dtms_trade_print(document);
	json_decref(document);
	return error < 0 ? complain(EX_OSERR, "out of memory") : EX_OK;
}

int
dtms_show_trade(const struct arguments *arguments)
{
	struct trade_rows rows = {0};
	struct database *db;
	int64_t ticket = 0;
	int status = dtms_read_ticket(arguments->words[0], &ticket);

	if (status == 0)
		status = analysis_database_open(&db, arguments->settings);
	if (status != 0)
		return status;
	status = read_trade(db, arguments, ticket, &rows);
	if (status == 0)
		status = dtms_market_add(arguments->settings, rows.sources, rows.trades);
	if (status == 0)
		status = print(arguments, document_of(&rows));
	json_decref(rows.trades);
	json_decref(rows.sources);
	json_decref(rows.checks);
	json_decref(rows.actions);
	json_decref(rows.adopted);
	database_close(db);
	return status;
}
