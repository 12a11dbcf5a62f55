/*
 * One file or three: ticks at full rate, analyses and log lines at theirs, each from a thread and
 * a connection of its own, once into one file and once into three.
 *
 * usage: three_files FOLDER SECONDS
 * Prints a line of JSON for each layout: ticks a second, and of each writer the failed writes and
 * the longest commit.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/clock.h"

#define WRITERS 3

struct layout {
	const char *name;
	const char *journal; /* journal_mode */
	int busy_ms;
	int files;
};

static const struct layout layouts[] = {
	{"one WAL file, busy_timeout 0", "WAL", 0, 1},
	{"one WAL file, busy_timeout 5000", "WAL", 5000, 1},
	{"one rollback-journal file, busy_timeout 0", "DELETE", 0, 1},
	{"one rollback-journal file, busy_timeout 60000", "DELETE", 60000, 1},
	{"three WAL files", "WAL", 0, 3},
};

static const struct work {
	const char *name;
	int rows;	   /* a transaction */
	int64_t period_us; /* from one transaction to the next, 0: without pause */
} works[WRITERS] = {{"ticks", 100, 0}, {"analysis", 1, 10000}, {"logs", 1, 1000}};

struct writer {
	const struct work *work;
	sqlite3 *db;
	sqlite3_stmt *insert;
	int64_t end_us, tried, failed, rows, worst_us;
	pthread_t thread;
};

static void
must(int code, sqlite3 *db)
{
	if (code == SQLITE_OK)
		return;
	fprintf(stderr, "three_files: %s\n", sqlite3_errmsg(db));
	exit(71);
}

static int
write_rows(struct writer *writer)
{
	int code = sqlite3_exec(writer->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (int i = 0; i < writer->work->rows && code == SQLITE_OK; i++) {
		sqlite3_bind_int64(writer->insert, 1, clock_wall_us());
		sqlite3_bind_int64(writer->insert, 2, writer->rows + i);
		code = sqlite3_step(writer->insert) == SQLITE_DONE ? SQLITE_OK : SQLITE_BUSY;
		sqlite3_reset(writer->insert);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(writer->db, "COMMIT", NULL, NULL, NULL);
	if (!sqlite3_get_autocommit(writer->db))
		sqlite3_exec(writer->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static void *
write_until(void *context)
{
	struct writer *writer = context;
	int64_t next_us = clock_monotonic_us();

	while (next_us < writer->end_us) {
		int64_t started_us = clock_monotonic_us(), took_us, rest_us;

		writer->tried++;
		if (write_rows(writer) == SQLITE_OK)
			writer->rows += writer->work->rows;
		else
			writer->failed++;
		took_us = clock_monotonic_us() - started_us;
		if (took_us > writer->worst_us)
			writer->worst_us = took_us;
		next_us += writer->work->period_us;
		rest_us = next_us - clock_monotonic_us();
		if (rest_us > 0)
			nanosleep(&(struct timespec){.tv_nsec = rest_us * 1000}, NULL);
		else
			next_us = clock_monotonic_us();
	}
	return NULL;
}

static void
open_writer(struct writer *writer, const struct layout *layout, const char *folder, int number)
{
	char path[4096], sql[256];

	snprintf(path, sizeof(path), "%s/layout%d-%d.db", folder, (int)(layout - layouts),
	    layout->files == 1 ? 0 : number);
	must(sqlite3_open_v2(path, &writer->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL), writer->db);
	sqlite3_busy_timeout(writer->db, 5000); /* for the set-up only */
	snprintf(sql, sizeof(sql),
	    "PRAGMA journal_mode=%s; PRAGMA synchronous=NORMAL;"
	    "CREATE TABLE %s(time_us INTEGER, id INTEGER, PRIMARY KEY(time_us, id)) WITHOUT ROWID",
	    layout->journal, works[number].name);
	must(sqlite3_exec(writer->db, sql, NULL, NULL, NULL), writer->db);
	snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES(?, ?)", works[number].name);
	must(sqlite3_prepare_v2(writer->db, sql, -1, &writer->insert, NULL), writer->db);
	sqlite3_busy_timeout(writer->db, layout->busy_ms);
	writer->work = &works[number];
}

static void
print_layout(const struct layout *layout, const struct writer *writers, double seconds)
{
	printf("{\"layout\": \"%s\", \"ticks_per_second\": %.0f", layout->name,
	    (double)writers[0].rows / seconds);
	for (int i = 0; i < WRITERS; i++)
		printf(", \"%s\": {\"failed_percent\": %.1f, \"worst_ms\": %.1f}",
		    writers[i].work->name,
		    100.0 * (double)writers[i].failed / (double)writers[i].tried,
		    (double)writers[i].worst_us / 1000);
	printf("}\n");
}

static void
measure(const struct layout *layout, const char *folder, int64_t seconds)
{
	struct writer writers[WRITERS] = {0};

	for (int i = 0; i < WRITERS; i++)
		open_writer(&writers[i], layout, folder, i);
	for (int i = 0; i < WRITERS; i++) {
		writers[i].end_us = clock_monotonic_us() + seconds * CLOCK_SECOND_US;
		if (pthread_create(&writers[i].thread, NULL, write_until, &writers[i]) != 0)
			exit(71);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		sqlite3_finalize(writers[i].insert);
		sqlite3_close(writers[i].db);
	}
	print_layout(layout, writers, (double)seconds);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 64;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		measure(&layouts[i], argv[1], atoll(argv[2]));
	return 0;
}
