#define _GNU_SOURCE
#include "tests/watch/venue.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "tests/watch/market.h"
#include "tests/watch/watch.h"

static void
bind_e8(sqlite3_stmt *row, int at, double value)
{
	if (!isnan(value)) /* unbound is NULL */
		sqlite3_bind_int64(row, at, (int64_t)llround(value * 1e8));
}

static sqlite3_stmt *
prepare(const char *sql)
{
	sqlite3_stmt *row;

	if (database_prepare(market_database(), sql, &row) < 0)
		watch_fail("%s: %s", sql, database_error(market_database()));
	return row;
}

static void
run(sqlite3_stmt *row)
{
	if (database_step(market_database(), row) != 0)
		watch_fail("%s", database_error(market_database()));
	sqlite3_finalize(row);
}

void
venue_position(const char *kind, const struct venue_words *words)
{
	sqlite3_stmt *row = prepare("INSERT INTO position_events(source, account, ticket, time_us, kind,"
		" symbol, direction, volume_e8, price_open_e8, stop_loss_e8, take_profit_e8, comment,"
		" profit, reason) VALUES(?14, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");

	sqlite3_bind_text(row, 1, words->account, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, words->ticket);
	sqlite3_bind_int64(row, 3, market_now());
	sqlite3_bind_text(row, 4, kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 5, words->symbol, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 6, words->direction, -1, SQLITE_STATIC);
	bind_e8(row, 7, words->volume);
	bind_e8(row, 8, words->price);
	bind_e8(row, 9, words->stop_loss);
	bind_e8(row, 10, words->take_profit);
	sqlite3_bind_text(row, 11, words->comment == NULL ? "" : words->comment, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 14, market_source(words->symbol), -1, SQLITE_STATIC);
	if (strcmp(kind, "closed") == 0) {
		sqlite3_bind_double(row, 12, words->profit);
		sqlite3_bind_text(row, 13, words->reason, -1, SQLITE_STATIC);
	}
	run(row);
}

void
venue_account(const char *source, const char *account, double balance, bool netting)
{
	sqlite3_stmt *row = prepare("INSERT INTO account_events(source, account, time_us, balance,"
		" equity, netting) VALUES(?5, ?1, ?2, ?3, ?3, ?4)");

	sqlite3_bind_text(row, 1, account, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, market_now());
	sqlite3_bind_double(row, 3, balance);
	sqlite3_bind_int(row, 4, netting);
	sqlite3_bind_text(row, 5, source, -1, SQLITE_STATIC);
	run(row);
}

void
venue_answer(const char *source, const char *action_id, const char *status, const char *comment)
{
	sqlite3_stmt *row = prepare("INSERT INTO action_results(source, action_id, time_us, status,"
		" comment) VALUES(?5, ?1, ?2, ?3, ?4)");

	sqlite3_bind_text(row, 1, action_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 2, market_now());
	sqlite3_bind_text(row, 3, status, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 4, comment, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 5, source, -1, SQLITE_STATIC);
	run(row);
}

void
venue_terms(const char *symbol, double volume_min, double volume_step, double stops_level)
{
	sqlite3_stmt *row = prepare("INSERT OR REPLACE INTO symbol_terms(symbol_id, from_us,"
		" volume_min_e8, volume_step_e8, stops_level_e8) SELECT symbol_id, ?5, ?2, ?3, ?4"
		" FROM symbols WHERE symbol = ?1");

	sqlite3_bind_text(row, 1, symbol, -1, SQLITE_STATIC);
	bind_e8(row, 2, volume_min);
	bind_e8(row, 3, volume_step);
	bind_e8(row, 4, stops_level);
	sqlite3_bind_int64(row, 5, market_now());
	run(row);
}
