/*
 * What cannot be undercut: the rows of the newest M5 closes of an analysis database, taken out and
 * put back by a bare loop of SQLite, one transaction a close.  Nothing is read, computed or written
 * out as JSON.
 *
 * usage: inserts FILE CLOSES      (a copy of analysis_data.db, which is changed)
 * Prints a line of JSON for each close: rows and microseconds.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"

static const char take_out[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;"
    "PRAGMA wal_autocheckpoint=16000;"
    "CREATE TEMP TABLE closes AS SELECT DISTINCT time_us FROM analysis_results"
    " WHERE timeframe = 'M5' AND source = 'binance' AND symbol = 'S0USDT'"
    " ORDER BY time_us DESC LIMIT %d;"
    "CREATE TEMP TABLE rows AS SELECT * FROM analysis_results WHERE timeframe = 'M5' AND time_us >="
    " (SELECT min(time_us) FROM closes) ORDER BY time_us, symbol, id;"
    "DELETE FROM main.analysis_results WHERE id IN (SELECT id FROM temp.rows);"
    "PRAGMA wal_checkpoint(TRUNCATE);";
static const char put_back[] =
    "INSERT INTO analysis_results(symbol, source, analysis_type, timeframe, time_us, result,"
    " confidence, input_revision, created_us) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

static void
check(sqlite3 *db, int result)
{
	if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE)
		return;
	fprintf(stderr, "inserts: %s\n", sqlite3_errmsg(db));
	exit(71);
}

static void
run(sqlite3 *db, const char *sql)
{
	check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* The row that stands there, column by column. */
static void
copy_row(sqlite3 *db, sqlite3_stmt *from, sqlite3_stmt *to)
{
	for (int column = 1; column <= 9; column++)
		check(db, sqlite3_bind_value(to, column, sqlite3_column_value(from, column)));
	check(db, sqlite3_step(to));
	sqlite3_reset(to);
}

/* Rows of one close; returns false when no other follows. */
static bool
copy_close(sqlite3 *db, sqlite3_stmt *from, sqlite3_stmt *to)
{
	int64_t begun_us = clock_monotonic_us(), time_us = sqlite3_column_int64(from, 5);
	int rows = 0, more;

	run(db, "BEGIN IMMEDIATE");
	do {
		copy_row(db, from, to);
		rows++;
		more = sqlite3_step(from);
		check(db, more);
	} while (more == SQLITE_ROW && sqlite3_column_int64(from, 5) == time_us);
	run(db, "COMMIT");
	printf("{\"rows\": %d, \"us\": %" PRId64 "}\n", rows, clock_monotonic_us() - begun_us);
	return more == SQLITE_ROW;
}

int
main(int argc, char **argv)
{
	sqlite3_stmt *from, *to;
	char sql[2048];
	sqlite3 *db;

	if (argc != 3)
		return 64;
	check(NULL, sqlite3_open(argv[1], &db));
	snprintf(sql, sizeof(sql), take_out, atoi(argv[2]));
	run(db, sql);
	check(db, sqlite3_prepare_v2(db, "SELECT * FROM temp.rows", -1, &from, NULL));
	check(db, sqlite3_prepare_v2(db, put_back, -1, &to, NULL));
	if (sqlite3_step(from) == SQLITE_ROW)
		while (copy_close(db, from, to))
			continue;
	sqlite3_finalize(from);
	sqlite3_finalize(to);
	check(db, sqlite3_close(db));
	return 0;
}
