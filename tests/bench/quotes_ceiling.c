/*
 * What SQLite could take of a terminal's quotes at the most: the same rows into the same table, in
 * the order of its key, by a bare loop that keeps no candles, watermarks or counters.
 *
 * usage: quotes_ceiling FOLDER ROWS SYMBOLS SPACING_US
 * Prints one line of JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/database.h"
#include "tests/bench/quotes.h"
#include "tests/bench/stage.h"

#define BATCH 10000 /* rows a transaction, as tickd's under load */

static void
must(struct database *db, int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "quotes_ceiling: %s\n", database_error(db));
	exit(71);
}

static void
insert(struct database *db, sqlite3_stmt *statement, int64_t symbol_id, const struct tick *tick)
{
	sqlite3_bind_int64(statement, 1, symbol_id);
	sqlite3_bind_int64(statement, 2, tick->time_us);
	sqlite3_bind_int64(statement, 3, tick->tick_id);
	sqlite3_bind_int64(statement, 4, tick->bid_e8);
	sqlite3_bind_int64(statement, 5, tick->ask_e8);
	sqlite3_bind_int64(statement, 6, tick->flags);
	must(db, database_step(db, statement));
	sqlite3_reset(statement);
}

static void
insert_all(struct database *db, int64_t rows, int64_t symbols, int64_t spacing_us)
{
	const struct quotes quotes = {INT64_C(1700000000000000), spacing_us};
	int64_t each = rows / symbols;
	sqlite3_stmt *statement;

	must(db, database_prepare(db, "INSERT INTO unified_ticks(symbol_id, time_us, tick_id, bid_e8,"
				      " ask_e8, flags) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &statement));
	for (int64_t n = 0; n < each * symbols; n++) {
		struct tick tick = quotes_tick(&quotes, n % each, 0);

		if (n % BATCH == 0)
			must(db, database_execute(db, "BEGIN IMMEDIATE"));
		insert(db, statement, 1 + n / each, &tick);
		if (n % BATCH == BATCH - 1 || n + 1 == each * symbols)
			must(db, database_execute(db, "COMMIT"));
	}
	sqlite3_finalize(statement);
}

int
main(int argc, char **argv)
{
	struct problem problem;
	struct database *db;
	int64_t started_us;
	double cpu, seconds;

	if (argc != 5)
		return 64;
	if (database_open(&db, ROLE_TICKD, DATABASE_TICKS, ACCESS_WRITE, argv[1], &problem) < 0) {
		fprintf(stderr, "quotes_ceiling: %s\n", problem.text);
		return 71;
	}
	started_us = clock_monotonic_us();
	cpu = stage_cpu_seconds();
	insert_all(db, atoll(argv[2]), atoll(argv[3]), atoll(argv[4]));
	seconds = (double)(clock_monotonic_us() - started_us) / 1e6;
	printf("{\"per_second\": %.0f, \"cpu_per_million\": %.3f}\n",
	    (double)atoll(argv[2]) / seconds,
	    (stage_cpu_seconds() - cpu) * 1e6 / (double)atoll(argv[2]));
	database_close(db);
	return 0;
}
