#define _GNU_SOURCE
#include "tests/scenario/measure.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/candle.h"
#include "common/clock.h"
#include "common/decimal.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/storage_side.h"

/* ---- the database ---- */

static sqlite3_stmt *
ask(const char *sql, const char *symbol)
{
	sqlite3_stmt *statement;
	struct database *db = storage_side_database(stage.storage);

	if (database_prepare(db, sql, &statement) < 0)
		scenario_fail("%s: %s", sql, database_error(db));
	if (symbol != NULL)
		sqlite3_bind_text(statement, 1, symbol, -1, SQLITE_TRANSIENT);
	return statement;
}

static double
ask_number(const char *sql, const char *symbol, const char *more)
{
	sqlite3_stmt *statement = ask(sql, symbol);
	double number = -1;

	if (more != NULL)
		sqlite3_bind_text(statement, 2, more, -1, SQLITE_TRANSIENT);
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

#define OF_SYMBOL " symbol_id = (SELECT symbol_id FROM symbols WHERE symbol = ?1)"

/* A column of the candle of "SYMBOL HH:MM". */
static double
candle_number(const char *column, char *words)
{
	char *symbol = strtok(words, " "), *time = strtok(NULL, " "), sql[256];

	if (symbol == NULL || time == NULL)
		scenario_fail("expected %s SYMBOL HH:MM", column);
	snprintf(sql, sizeof(sql), "SELECT %s FROM m5_candles WHERE" OF_SYMBOL
	    " AND strftime('%%H:%%M', open_time_us / 1000000, 'unixepoch') = ?2", column);
	return ask_number(sql, symbol, time);
}

/* ---- what was said ---- */

static double
told_count(char *words)
{
	char *event = strtok(words, " "), *symbol = strtok(NULL, " ");
	int count = 0;

	for (size_t i = 0; event != NULL && i < stage.told_count; i++)
		count += strcmp(stage.told[i].event, event) == 0 &&
		    (symbol == NULL || strcmp(stage.told[i].symbol, symbol) == 0);
	return count;
}

/* "rest.weight_used", "symbols.0.silent": a number, a truth as 0 or 1, -1 for null. */
static double
status_number(char *path)
{
	json_t *status = binance_status(stage.binance);
	const json_t *at = status;
	double number = -1;

	for (char *word = strtok(path, "."); word != NULL && at != NULL; word = strtok(NULL, "."))
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(word)) :
		    json_object_get(at, word);
	if (at == NULL)
		scenario_fail("the status has no such member");
	if (json_is_number(at))
		number = json_number_value(at);
	else if (json_is_boolean(at))
		number = json_is_true(at);
	else if (json_is_string(at))
		scenario_fail("it is a word: %s", json_string_value(at));
	json_decref(status);
	return number;
}

static double
duplicates(void)
{
	struct storage_figures figures;

	storage_figures(stage.storage, &figures);
	return (double)figures.duplicates;
}

double
measure(const char *what)
{
	char words[512], *first, *rest;

	snprintf(words, sizeof(words), "%s", what);
	first = strtok_r(words, " ", &rest);
	if (first == NULL)
		scenario_fail("nothing to measure");
	if (strcmp(first, "connections") == 0)
		return exchange_open_count();
	if (strcmp(first, "attempts") == 0)
		return exchange.attempts;
	if (strcmp(first, "sent") == 0)
		return exchange_sent_count(rest);
	if (strcmp(first, "calls") == 0)
		return rest[0] == '\0' ? exchange.calls : exchange_call_count(rest);
	if (strcmp(first, "told") == 0)
		return told_count(rest);
	if (strcmp(first, "status") == 0)
		return status_number(rest);
	if (strcmp(first, "duplicates") == 0)
		return duplicates();
	if (strcmp(first, "healthy") == 0)
		return binance_healthy(stage.binance);
	if (strcmp(first, "changes") == 0)
		return ask_number("SELECT count(*) FROM changes", NULL, NULL);
	if (strcmp(first, "ticks") == 0)
		return ask_number("SELECT count(*) FROM unified_ticks WHERE" OF_SYMBOL, rest, NULL);
	if (strcmp(first, "candles") == 0)
		return ask_number("SELECT count(*) FROM m5_candles WHERE" OF_SYMBOL, rest, NULL);
	if (strcmp(first, "klines") == 0)
		return ask_number("SELECT count(*) FROM m5_candles WHERE origin = 'klines' AND"
		    OF_SYMBOL, rest, NULL);
	if (strcmp(first, "counted") == 0)
		return ask_number("SELECT ticks FROM symbols WHERE symbol = ?1", rest, NULL);
	if (strcmp(first, "missing") == 0)
		return ask_number("SELECT coalesce(sum(missing_last_id - missing_first_id + 1), 0)"
		    " FROM feed_gaps WHERE state IN ('open', 'filling') AND" OF_SYMBOL, rest, NULL);
	if (strcmp(first, "revision") == 0 || strcmp(first, "complete") == 0 ||
	    strcmp(first, "trades") == 0)
		return candle_number(first, rest);
	for (const char *const *state = (const char *const[]){"open", "filling", "filled",
		 "unfillable", NULL}; *state != NULL; state++)
		if (strcmp(first, *state) == 0)
			return ask_number("SELECT count(*) FROM feed_gaps WHERE state = ?2 AND"
			    OF_SYMBOL, rest, first);
	scenario_fail("%s cannot be measured", first);
}

/* ---- what is stored ---- */

void
expect_stored(const char *symbol, long long first, long long last)
{
	sqlite3_stmt *statement = ask("SELECT tick_id, count(*) FROM unified_ticks WHERE flags & 1"
	    " AND tick_id BETWEEN ?2 AND ?3 AND" OF_SYMBOL " GROUP BY tick_id ORDER BY tick_id",
	    symbol);
	long long wanted = first;

	sqlite3_bind_int64(statement, 2, first);
	sqlite3_bind_int64(statement, 3, last);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		if (sqlite3_column_int64(statement, 0) != wanted)
			break;
		if (sqlite3_column_int(statement, 1) != 1)
			scenario_fail("trade %lld of %s is stored twice", wanted, symbol);
		wanted++;
	}
	sqlite3_finalize(statement);
	if (wanted != last + 1)
		scenario_fail("trade %lld of %s is not stored", wanted, symbol);
}

static int64_t
first_stored(const struct market *market)
{
	double first = ask_number("SELECT min(tick_id) FROM unified_ticks WHERE flags & 1 AND"
	    OF_SYMBOL, market->name, NULL);

	return first <= 0 ? -1 : (int64_t)first;
}

#define SETTLED_US (2 * CLOCK_SECOND_US) /* younger trades may be on their way to the disk */

/* How many of the market's trades are old enough to be stored. */
static size_t
settled_count(const struct market *market)
{
	int64_t until_ms = (outside_exchange_us() - SETTLED_US) / CLOCK_MS_US;
	size_t count = market->count;

	while (count > 0 && market->trades[count - 1].time_ms > until_ms)
		count--;
	return count;
}

static void
check_ticks(const struct market *market, int64_t first_id)
{
	sqlite3_stmt *statement = ask("SELECT tick_id, time_us, price_e8, volume_e8, flags,"
	    " trade_count FROM unified_ticks WHERE flags & 1 AND" OF_SYMBOL " ORDER BY tick_id",
	    market->name);
	size_t at = (size_t)(first_id - market->trades[0].id), count = settled_count(market);

	for (; at < count; at++) {
		const struct trade *trade = &market->trades[at];

		if (trade->absent)
			continue;
		if (sqlite3_step(statement) != SQLITE_ROW)
			scenario_fail("%s ends before trade %lld", market->name,
			    (long long)trade->id);
		if (sqlite3_column_int64(statement, 0) != trade->id)
			scenario_fail("%s: trade %lld stands where %lld should", market->name,
			    (long long)sqlite3_column_int64(statement, 0), (long long)trade->id);
		if (sqlite3_column_int64(statement, 1) != trade->time_ms * CLOCK_MS_US ||
		    sqlite3_column_int64(statement, 2) != trade->price_e8 ||
		    sqlite3_column_int64(statement, 3) != trade->quantity_e8 ||
		    ((sqlite3_column_int(statement, 4) & TICK_SELL) != 0) != trade->sell ||
		    sqlite3_column_int(statement, 5) != (exchange.aggregates ? 2 : 0))
			scenario_fail("%s: trade %lld is stored otherwise than it was", market->name,
			    (long long)trade->id);
	}
	while (sqlite3_step(statement) == SQLITE_ROW)
		if (market_trade(market, sqlite3_column_int64(statement, 0)) == NULL)
			scenario_fail("%s: more is stored than was traded", market->name);
	sqlite3_finalize(statement);
}

struct fold {
	int64_t slot_us, open, high, low, close, trades;
	decimal_sum volume;
};

static void
fold_trade(struct fold *fold, const struct trade *trade)
{
	if (fold->trades == 0)
		fold->open = fold->high = fold->low = trade->price_e8;
	fold->close = trade->price_e8;
	fold->high = trade->price_e8 > fold->high ? trade->price_e8 : fold->high;
	fold->low = trade->price_e8 < fold->low ? trade->price_e8 : fold->low;
	fold->trades += exchange.aggregates ? 2 : 1;
	fold->volume += trade->quantity_e8;
}

static void
check_candle(const struct market *market, const struct fold *fold, bool first)
{
	sqlite3_stmt *statement = ask("SELECT open_e8, high_e8, low_e8, close_e8, trades, volume,"
	    " complete FROM m5_candles WHERE" OF_SYMBOL " AND open_time_us = ?2", market->name);
	bool over = fold->slot_us + CANDLE_M5_US + CLOCK_SECOND_US <
	    market->trades[market->count - 1].time_ms * CLOCK_MS_US;
	char when[CLOCK_TEXT_SIZE];

	clock_format(fold->slot_us, 0, when);
	sqlite3_bind_int64(statement, 2, fold->slot_us);
	if (sqlite3_step(statement) != SQLITE_ROW)
		scenario_fail("%s has no candle of %s", market->name, when);
	if (sqlite3_column_int64(statement, 0) != fold->open ||
	    sqlite3_column_int64(statement, 1) != fold->high ||
	    sqlite3_column_int64(statement, 2) != fold->low ||
	    sqlite3_column_int64(statement, 3) != fold->close ||
	    sqlite3_column_int64(statement, 4) != fold->trades ||
	    sqlite3_column_double(statement, 5) != decimal_sum_round(fold->volume, DECIMAL_PLACES))
		scenario_fail("the candle %s of %s is not that of its trades", when, market->name);
	if (over && !first && sqlite3_column_int(statement, 6) != 1)
		scenario_fail("the candle %s of %s is not complete", when, market->name);
	sqlite3_finalize(statement);
}

/* The scenarios' trades are in the order of time, so a fold of them is as simple as this. */
static void
check_candles(const struct market *market, int64_t first_id)
{
	struct fold fold = {.slot_us = -1};
	size_t count = settled_count(market);
	bool first = true;

	for (size_t at = (size_t)(first_id - market->trades[0].id); at < count; at++) {
		const struct trade *trade = &market->trades[at];
		int64_t slot_us = candle_slot(trade->time_ms * CLOCK_MS_US);

		if (trade->absent)
			continue;
		if (slot_us != fold.slot_us && fold.slot_us >= 0) {
			check_candle(market, &fold, first);
			first = false;
		}
		if (slot_us != fold.slot_us)
			fold = (struct fold){.slot_us = slot_us};
		fold_trade(&fold, trade);
	}
	/* The slot of the last settled trade may have younger ones: its candle is for another time. */
}

void
expect_whole(void)
{
	for (size_t i = 0; i < exchange.count; i++) {
		const struct market *market = &exchange.markets[i];
		int64_t first_id = first_stored(market);
		char what[64];

		if (market->count == 0)
			continue;
		if (first_id < 0)
			scenario_fail("nothing of %s is stored", market->name);
		snprintf(what, sizeof(what), "missing %s", market->name);
		if (measure(what) != 0)
			scenario_fail("%.0f ids of %s are still missing", measure(what), market->name);
		check_ticks(market, first_id);
		check_candles(market, first_id);
	}
}
