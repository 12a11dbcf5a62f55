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
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clock.h"
#include "tests/bench/rows.h"
#include "tickd/storage.h"

#define CEILING_BATCH 10000 /* rows a transaction, as tickd's under load */
#define ROUNDS 3	    /* of each, in turns: the best one counts, for the machine is shared */

struct measured {
	double seconds, cpu_seconds;
};

static double
cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

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
	double cpu = cpu_seconds();
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
		(double)(clock_monotonic_us() - started_us) / 1e6, cpu_seconds() - cpu};
}

/* ---- the storage stage ---- */

static void
on_commit(void *context)
{
	/* The loop has nothing else to do with it here. */
}

static int
load_settings(struct settings *settings, const char *folder, int64_t symbols)
{
	char state[4200], runtime[4200], list[8192] = "binance.symbols=";
	const char *overrides[3] = {state, runtime, list};
	struct settings_faults faults;
	size_t used = strlen(list);
	int error;

	snprintf(state, sizeof(state), "paths.state_dir=%s", folder);
	snprintf(runtime, sizeof(runtime), "paths.runtime_dir=%s", folder);
	for (int64_t i = 0; i < symbols && used < sizeof(list) - 32; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%sS%" PRId64 "USDT",
		    i == 0 ? "" : ",", i);
	error = settings_load(settings, "/dev/null", overrides, 3, &faults);
	for (size_t i = 0; i < faults.count && i < SETTINGS_FAULTS_MAX; i++)
		fprintf(stderr, "storage_ceiling: %s\n", faults.texts[i]);
	settings_faults_free(&faults);
	return error;
}

static void
push_all(struct storage *storage, int64_t rows, int64_t symbols)
{
	static const struct timespec pause = {.tv_nsec = 200000};

	for (int64_t n = 0; n < rows; n++) {
		struct tick tick = rows_tick(n, symbols);

		while (!storage_push(storage, &tick))
			nanosleep(&pause, NULL);
	}
}

static struct measured
measure_stage(const char *folder, int64_t rows, int64_t symbols)
{
	struct settings settings;
	struct storage *storage;
	struct problem problem;
	struct measured measured;
	int64_t started_us, left;
	uv_loop_t loop;
	double cpu;

	if (load_settings(&settings, folder, symbols) < 0)
		exit(78);
	uv_loop_init(&loop);
	if (storage_create(&storage, &settings, &loop, on_commit, NULL, &problem) < 0) {
		fprintf(stderr, "storage_ceiling: %s\n", problem.text);
		exit(71);
	}
	started_us = clock_monotonic_us();
	cpu = cpu_seconds();
	push_all(storage, rows, symbols);
	left = storage_stop(storage);
	measured = (struct measured){
		(double)(clock_monotonic_us() - started_us) / 1e6, cpu_seconds() - cpu};
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	settings_free(&settings);
	if (left != 0)
		exit(71);
	return measured;
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
