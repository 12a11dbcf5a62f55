/*
 * What the disk side could take at the most, and what ours takes: the same rows into an
 * append-only table without any index, and through tickd's storage stage (ring, thread, sorting,
 * ids, candles, commits).
 *
 * usage: storage_ceiling FOLDER ROWS SYMBOLS
 * Prints one line of JSON with rows a second of both and CPU seconds a million of the stage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "tests/bench/rows.h"
#include "tests/bench/stage.h"

#define CEILING_BATCH 10000 /* rows a transaction, as tickd's under load */
#define ROUNDS 3	    /* of each, in turns: the best one counts, for the machine is shared */

struct measured {
	double seconds, cpu_seconds;
};

/* ---- the ceiling ---- */

static void
must(int code, sqlite3 *db)
{
	if (code == SQLITE_OK || code == SQLITE_DONE)
		return;
	fprintf(stderr, "storage_ceiling: %s\n", sqlite3_errmsg(db));
	exit(71);
}

static sqlite3 *
open_append_only(const char *folder)
{
	char path[4200];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/append_only.db", folder);
	must(sqlite3_open(path, &db), db);
	must(sqlite3_exec(db,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=16000;"
	    "CREATE TABLE t(symbol_id INTEGER, time_us INTEGER, tick_id INTEGER, price_e8 INTEGER,"
	    " volume_e8 INTEGER, bid_e8 INTEGER, ask_e8 INTEGER, flags INTEGER) STRICT",
	    NULL, NULL, NULL), db);
	return db;
}

static void
append(sqlite3 *db, sqlite3_stmt *insert, const struct tick *tick)
{
	sqlite3_bind_int64(insert, 1, tick->symbol);
	sqlite3_bind_int64(insert, 2, tick->time_us);
	sqlite3_bind_int64(insert, 3, tick->tick_id);
	sqlite3_bind_int64(insert, 4, tick->price_e8);
	sqlite3_bind_int64(insert, 5, tick->volume_e8);
	sqlite3_bind_int64(insert, 6, tick->bid_e8);
	sqlite3_bind_int64(insert, 7, tick->ask_e8);
	sqlite3_bind_int64(insert, 8, tick->flags);
	must(sqlite3_step(insert), db);
	sqlite3_reset(insert);
}

static struct measured
measure_append_only(const char *folder, int64_t rows, int64_t symbols)
{
	sqlite3 *db = open_append_only(folder);
	int64_t started_us = clock_monotonic_us();
	double cpu = stage_cpu_seconds();
	sqlite3_stmt *insert;

	must(sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?,?,?,?,?,?,?,?)", -1, &insert, NULL), db);
	for (int64_t n = 0; n < rows; n++) {
		struct tick tick = rows_tick(n, symbols);

		if (n % CEILING_BATCH == 0)
			must(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), db);
		append(db, insert, &tick);
		if (n % CEILING_BATCH == CEILING_BATCH - 1 || n + 1 == rows)
			must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
	}
	sqlite3_finalize(insert);
	sqlite3_close(db);
	return (struct measured){
		(double)(clock_monotonic_us() - started_us) / 1e6, stage_cpu_seconds() - cpu};
}

/* ---- the storage stage ---- */

static struct measured
measure_stage(const char *folder, int64_t rows, int64_t symbols)
{
	int64_t started_us;
	struct stage stage;
	double cpu;

	stage_open(&stage, folder, symbols);
	started_us = clock_monotonic_us();
	cpu = stage_cpu_seconds();
	stage_push(&stage, 0, rows, symbols);
	stage_close(&stage);
	return (struct measured){
		(double)(clock_monotonic_us() - started_us) / 1e6, stage_cpu_seconds() - cpu};
}

static void
keep_best(struct measured *best, struct measured now)
{
	if (best->seconds == 0 || now.seconds < best->seconds)
		*best = now;
}

static void
measure_round(const char *folder, int round, int64_t rows, int64_t symbols,
    struct measured *ceiling, struct measured *stage)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%d", folder, round);
	if (mkdir(path, 0755) < 0) {
		perror(path);
		exit(71);
	}
	keep_best(ceiling, measure_append_only(path, rows, symbols));
	keep_best(stage, measure_stage(path, rows, symbols));
}

int
main(int argc, char **argv)
{
	struct measured ceiling = {0}, stage = {0};
	int64_t rows, symbols;

	if (argc != 4)
		return 64;
	rows = atoll(argv[2]);
	symbols = atoll(argv[3]);
	for (int round = 0; round < ROUNDS; round++)
		measure_round(argv[1], round, rows, symbols, &ceiling, &stage);
	printf("{\"rows\": %" PRId64 ", \"ceiling_per_second\": %.0f, \"stage_per_second\": %.0f, "
	       "\"ceiling_cpu_per_million\": %.3f, \"stage_cpu_per_million\": %.3f}\n",
	    rows, (double)rows / ceiling.seconds, (double)rows / stage.seconds,
	    ceiling.cpu_seconds * 1e6 / (double)rows, stage.cpu_seconds * 1e6 / (double)rows);
	return 0;
}
