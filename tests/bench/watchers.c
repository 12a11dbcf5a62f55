/*
 * What a check of many open trades takes, all in: reading the ticks since the last one, checking,
 * writing, committing.
 *
 * Trades of all symbols, opened by the venue at CLOSING_US on a database that past.c has made;
 * ticks come through tickd's own storage stage, TICKS_PER_SECOND of each symbol.  In this process:
 * markets and dtms as analysisd turns them; what a close's analyses take is not part of it.
 *
 * usage: watchers FOLDER SYMBOLS TRADES INSTANTS
 * Prints a line of JSON for each instant: microseconds, whether an M5 candle closes with it, how
 * many trades were checked deeply, and what reading its ticks alone takes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysisd/dtms/check.h"
#include "analysisd/dtms/dtms.h"
#include "analysisd/markets.h"
#include "tests/bench/closing.h"
#include "tests/bench/stage.h"

#define SYMBOLS_MAX 200
#define TICKS_PER_SECOND 20 /* of a symbol */
#define ACCOUNTS 4
#define TURN_US (20 * CLOCK_MS_US) /* as analysisd's */
#define AHEAD_US CLOCK_SECOND_US   /* analysisd turns more often, and reads ahead in each second */

struct bench {
	struct stage stage;
	int64_t symbols, trades, pushed;
	int64_t now_us; /* exchange time: everything before it is fed */
	struct market_reader *reader;
	struct database *analysis_db;
	struct markets *markets;
	struct dtms *dtms;
	sqlite3_stmt *checks;
};

static void
fail(const char *what)
{
	fprintf(stderr, "watchers: %s\n", what);
	exit(71);
}

/* ---- trades ---- */

static const char add_trade[] =
    "INSERT INTO position_events(source, account, ticket, time_us, kind, symbol, direction,"
    " volume_e8, price_open_e8, stop_loss_e8) VALUES('" CLOSING_SOURCE "', 'account ' || ?1, ?2,"
    " ?3, 'open', 'S' || ?4 || 'USDT', ?5, 100000000, ?6, ?7)";

/* Half of them each way, with a stop 2 % away. */
static void
open_trade(struct database *db, sqlite3_stmt *row, int64_t number, int64_t symbols)
{
	int64_t symbol = number % symbols, price_e8 = closing_price_e8(symbol, CLOSING_US);
	bool buys = number / symbols % 2 == 0;

	sqlite3_bind_int64(row, 1, number % ACCOUNTS);
	sqlite3_bind_int64(row, 2, number + 1);
	sqlite3_bind_int64(row, 3, CLOSING_US + CLOCK_SECOND_US);
	sqlite3_bind_int64(row, 4, symbol);
	sqlite3_bind_text(row, 5, buys ? "BUY" : "SELL", -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 6, price_e8);
	sqlite3_bind_int64(row, 7, price_e8 + (buys ? -price_e8 : price_e8) / 50);
	if (database_step(db, row) < 0)
		fail(database_error(db));
	sqlite3_reset(row);
}

static void
open_trades(const char *folder, int64_t symbols, int64_t trades)
{
	struct problem problem;
	struct database *db;
	sqlite3_stmt *row;

	if (database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, folder, &problem) < 0)
		fail(problem.text);
	if (database_prepare(db, add_trade, &row) < 0 || database_execute(db, "BEGIN") < 0)
		fail(database_error(db));
	for (int64_t i = 0; i < trades; i++)
		open_trade(db, row, i, symbols);
	sqlite3_finalize(row);
	if (database_execute(db, "COMMIT") < 0)
		fail(database_error(db));
	database_close(db);
}

/* ---- the engine ---- */

static void
start(struct bench *bench, const char *folder)
{
	const struct sources_keep keep = {CLOCK_SECOND_US, CLOSING_SOURCE};
	struct dtms_tools tools = {.settings = &bench->stage.settings};
	struct problem problem;

	if (market_reader_open(&bench->reader, folder, &problem) < 0 ||
	    database_open(&bench->analysis_db, ROLE_ANALYSISD, DATABASE_ANALYSIS, ACCESS_WRITE,
		folder, &problem) < 0 ||
	    markets_create(&bench->markets, bench->reader, bench->analysis_db, &keep, &problem) < 0)
		fail(problem.text);
	tools.reader = bench->reader;
	tools.analysis_db = bench->analysis_db;
	tools.table = markets_table(bench->markets);
	if (dtms_create(&bench->dtms, &tools, &problem) < 0)
		fail(problem.text);
	if (database_prepare(bench->analysis_db, "SELECT count(*) FROM dtms_checks",
		&bench->checks) < 0)
		fail(database_error(bench->analysis_db));
}

static int64_t
count_checks(struct bench *bench)
{
	int64_t count;

	if (database_step(bench->analysis_db, bench->checks) != 1)
		fail(database_error(bench->analysis_db));
	count = sqlite3_column_int64(bench->checks, 0);
	sqlite3_reset(bench->checks);
	return count;
}

static void
turn_markets(struct bench *bench)
{
	struct problem problem;
	bool wrote;
	int result;

	do
		result = markets_turn(bench->markets, TURN_US, &wrote, &problem);
	while (result == 1);
	if (result < 0)
		fail(problem.text);
}

/* Returns the microseconds that it took. */
static int64_t
turn_dtms(struct bench *bench)
{
	int64_t begun_us = clock_monotonic_us();
	struct problem problem;
	bool wrote;
	int result;

	do
		result = dtms_turn(bench->dtms, clock_monotonic_us() + TURN_US, &wrote, &problem);
	while (result == 1);
	if (result < 0)
		fail(problem.text);
	return clock_monotonic_us() - begun_us;
}

/* ---- instants ---- */

/* Ticks up to until_us; the engine turns once in each second of them, as it does in real time. */
static void
feed(struct bench *bench, int64_t until_us)
{
	int64_t spacing_us = CLOCK_SECOND_US / TICKS_PER_SECOND;

	while (bench->now_us < until_us) {
		for (int64_t i = 0; i < bench->symbols; i++) {
			int64_t time_us = bench->now_us + i * spacing_us / bench->symbols;
			struct tick tick = closing_trade(i,
			    1000000 + bench->pushed / bench->symbols, time_us);

			stage_push_tick(&bench->stage, &tick);
			bench->pushed++;
		}
		bench->now_us += spacing_us;
		if (bench->now_us % AHEAD_US != 0 || bench->now_us >= until_us)
			continue;
		stage_wait(&bench->stage, bench->pushed);
		turn_markets(bench);
		(void)turn_dtms(bench);
	}
	stage_wait(&bench->stage, bench->pushed);
}

static int
pass_over(void *context, const struct tick *tick)
{
	return 0;
}

/* The ticks of the instant and nothing else. */
static int64_t
read_ticks(struct bench *bench, int64_t instant_us)
{
	int64_t begun_us = clock_monotonic_us();

	for (int64_t i = 0; i < bench->symbols; i++)
		if (market_reader_ticks(bench->reader, i + 1, instant_us - DTMS_GRID_US, INT64_MIN,
			instant_us, 1000000, pass_over, NULL) < 0)
			fail("the ticks cannot be read");
	return clock_monotonic_us() - begun_us;
}

static void
measure(struct bench *bench, int64_t instant_us)
{
	int64_t before = count_checks(bench), took_us;

	feed(bench, instant_us + DTMS_SETTLED_US + CLOCK_SECOND_US / TICKS_PER_SECOND);
	turn_markets(bench);
	took_us = turn_dtms(bench);
	printf("{\"us\": %" PRId64 ", \"closes\": %s, \"deep\": %" PRId64
	    ", \"reading_us\": %" PRId64 "}\n", took_us, instant_us % CANDLE_M5_US == 0 ? "true" : "false",
	    count_checks(bench) - before, read_ticks(bench, instant_us));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	int64_t instants;

	if (argc != 5 || atoll(argv[2]) < 1 || atoll(argv[2]) > SYMBOLS_MAX)
		return 64;
	bench.symbols = atoll(argv[2]);
	bench.trades = atoll(argv[3]);
	instants = atoll(argv[4]);
	bench.now_us = CLOSING_US;
	open_trades(argv[1], bench.symbols, bench.trades);
	stage_open(&bench.stage, argv[1], bench.symbols);
	start(&bench, argv[1]);
	for (int64_t i = 1; i <= instants; i++)
		measure(&bench, CLOSING_US + i * DTMS_GRID_US);
	sqlite3_finalize(bench.checks);
	dtms_free(bench.dtms);
	markets_free(bench.markets);
	database_close(bench.analysis_db);
	market_reader_close(bench.reader);
	stage_close(&bench.stage);
	return 0;
}
