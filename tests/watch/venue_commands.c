#define _GNU_SOURCE
#include "tests/watch/venue_commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/watch/broker.h"
#include "tests/watch/venue.h"
#include "tests/watch/watch.h"
#include "tests/watch/watched.h"
#include "tests/watch/words.h"

/* The newest action of that type: one text column, the caller's. */
static char *
find_action(const char *column, const char *type, int64_t ticket)
{
	struct database *db = watched_database();
	char sql[256], *text;
	sqlite3_stmt *row;

	snprintf(sql, sizeof(sql), "SELECT %s FROM dtms_actions WHERE action_type = ?1"
	    " AND ticket = ?2 ORDER BY time_us DESC, id DESC LIMIT 1", column);
	if (database_prepare(db, sql, &row) < 0)
		watch_fail("%s", database_error(db));
	sqlite3_bind_text(row, 1, type, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, ticket);
	if (sqlite3_step(row) != SQLITE_ROW)
		watch_fail("there is no %s of %lld", type, (long long)ticket);
	text = strdup((const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return text;
}

static void
read_position(struct venue_words *words)
{
	char *name;

	while ((name = strtok(NULL, " ")) != NULL) {
		if (strcmp(name, "account") == 0)
			words->account = script_word("an account");
		else if (strcmp(name, "sl") == 0)
			words->stop_loss = script_number("a price");
		else if (strcmp(name, "tp") == 0)
			words->take_profit = script_number("a price");
		else if (strcmp(name, "profit") == 0)
			words->profit = script_number("an amount");
		else if (strcmp(name, "reason") == 0)
			words->reason = script_word("a word");
		else if (strcmp(name, "comment") == 0)
			words->comment = strdup(script_word("a word"));
		else if (strcmp(name, "of") == 0) {
			char *type = script_word("an action");

			words->comment = find_action("token", type, (int64_t)script_number("a ticket"));
		} else {
			watch_fail("%s: no such option", name);
		}
	}
}

void
venue_command_position(void)
{
	struct venue_words words = {.account = "1", .stop_loss = NAN, .take_profit = NAN};
	char *kind = script_word("open, changed or closed");

	words.ticket = (int64_t)script_number("a ticket");
	words.symbol = script_word("a symbol");
	words.direction = script_word("BUY or SELL");
	words.volume = script_number("a volume");
	words.price = script_number("a price");
	words.reason = "hand";
	read_position(&words);
	venue_position(kind, &words);
	broker_note(kind, &words);
	free((char *)words.comment);
}

void
venue_command_account(void)
{
	char *account = script_word("an account");
	double balance = script_number("a balance");

	char *of = strtok(NULL, " ");
	bool netting = of != NULL && strcmp(of, "netting") == 0;

	if (netting)
		of = strtok(NULL, " ");
	venue_account(of == NULL ? "sim" : of, account, balance, netting);
}

void
venue_command_terms(void)
{
	char *symbol = script_word("a symbol");
	double least = script_number("the least volume"), step = script_number("its step");

	venue_terms(symbol, least, step, script_number("the least distance of a stop"));
}

void
venue_command_answer(void)
{
	char *type = script_word("an action"), *id = find_action("action_id", type,
		(int64_t)script_number("a ticket")), *status = script_word("sent, done or failed");
	char *comment = strtok(NULL, "");

	venue_answer("sim", id, status, comment);
	free(id);
}

void
venue_command_broker(void)
{
	char *stops = strtok(NULL, " ");

	broker_begin(stops != NULL && strcmp(stops, "stops") == 0);
}
