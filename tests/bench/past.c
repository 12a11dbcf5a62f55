/*
 * A tick database with a past for analysisd: closed candles of DAYS days before CLOSING_US.
 *
 * usage: past FOLDER SYMBOLS DAYS
 * Prints the number of candles.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/database.h"
#include "tests/bench/closing.h"

static const char add_symbol[] =
    "INSERT INTO symbols(symbol_id, source, symbol, newest_us, history_until_us)"
    " VALUES(?1, '" CLOSING_SOURCE "', 'S' || (?1 - 1) || 'USDT', ?2, ?3)";
static const char add_candle[] =
    "INSERT INTO m5_candles(symbol_id, open_time_us, open_e8, high_e8, low_e8, close_e8, volume,"
    " quote_volume, taker_buy_volume, trades, origin, complete)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'klines', 1)";

static void
fail(const char *what)
{
	fprintf(stderr, "past: %s\n", what);
	exit(71);
}

static void
run(struct database *db, sqlite3_stmt *row)
{
	if (database_step(db, row) < 0)
		fail(database_error(db));
	sqlite3_reset(row);
}

static void
write_candle(struct database *db, sqlite3_stmt *row, int64_t symbol, int64_t open_us)
{
	int64_t open_e8 = closing_price_e8(symbol, open_us);
	int64_t close_e8 = closing_price_e8(symbol, open_us + CANDLE_M5_US - 1000);
	int64_t wick_e8 = open_e8 / 2000;
	uint64_t chance = (uint64_t)(open_us + symbol) * UINT64_C(0x9e3779b97f4a7c15);
	double volume = 500 + (double)(chance >> 48) / 100;

	sqlite3_bind_int64(row, 1, symbol + 1);
	sqlite3_bind_int64(row, 2, open_us);
	sqlite3_bind_int64(row, 3, open_e8);
	sqlite3_bind_int64(row, 4, (open_e8 > close_e8 ? open_e8 : close_e8) + wick_e8);
	sqlite3_bind_int64(row, 5, (open_e8 < close_e8 ? open_e8 : close_e8) - wick_e8);
	sqlite3_bind_int64(row, 6, close_e8);
	sqlite3_bind_double(row, 7, volume);
	sqlite3_bind_double(row, 8, volume * (double)(open_e8 / 100000000));
	sqlite3_bind_double(row, 9, volume * (double)(chance >> 40 & 0xff) / 256);
	sqlite3_bind_int64(row, 10, 6000);
	run(db, row);
}

static void
fill(struct database *db, int64_t symbols, int64_t from_us)
{
	sqlite3_stmt *symbol, *candle;

	if (database_prepare(db, add_symbol, &symbol) < 0 ||
	    database_prepare(db, add_candle, &candle) < 0 ||
	    database_execute(db, "BEGIN IMMEDIATE") < 0)
		fail(database_error(db));
	for (int64_t i = 0; i < symbols; i++) {
		sqlite3_bind_int64(symbol, 1, i + 1);
		sqlite3_bind_int64(symbol, 2, CLOSING_US + CLOCK_SECOND_US);
		sqlite3_bind_int64(symbol, 3, CLOSING_US);
		run(db, symbol);
		for (int64_t at_us = from_us; at_us < CLOSING_US; at_us += CANDLE_M5_US)
			write_candle(db, candle, i, at_us);
	}
	if (database_execute(db, "COMMIT") < 0)
		fail(database_error(db));
	sqlite3_finalize(symbol);
	sqlite3_finalize(candle);
}

int
main(int argc, char **argv)
{
	int64_t symbols, days;
	struct problem problem;
	struct database *db;

	if (argc != 4)
		return 64;
	symbols = atoll(argv[2]);
	days = atoll(argv[3]);
	if (database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, argv[1], &problem) < 0)
		fail(problem.text);
	fill(db, symbols, CLOSING_US - days * CLOCK_DAY_US);
	database_close(db);
	printf("%" PRId64 "\n", symbols * days * (CLOCK_DAY_US / CANDLE_M5_US));
	return 0;
}
