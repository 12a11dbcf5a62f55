/*
 * From a frame on the wire to its row in another process's eyes.
 *
 * Feeds tickd at an exact pace (feeder.h) and reads the tick table as analysisd would: woken by
 * tickd's datagram at RUNTIME/analysisd/wake.sock, it asks for rows newer than the newest it saw.
 *
 * usage: latency STATE_DIR RUNTIME_DIR FIRST_ID FRAMES FRAMES_PER_SECOND SKIPPED
 * The first SKIPPED frames do not count.
 * Prints the port on a line of its own, waits for tickd, and in the end one line of JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/database.h"
#include "common/wake.h"
#include "tests/bench/feeder.h"

#define GIVE_UP_MS 120000 /* the whole measurement takes seconds */

struct reader {
	struct feeder *feeder;
	struct database *db;
	sqlite3_stmt *newer;
	const char *state_dir;
	uv_loop_t loop;
	uv_timer_t timer;
	struct wake_receiver *wake;
	int64_t first_id, frames, skipped, seen, newest_time_us, newest_id;
	int64_t *latency_us; /* one a frame, in the order of its row's appearance */
};

/* tickd makes the database; until then there is nothing to open. */
static void
open_database(struct reader *reader)
{
	struct problem problem;

	if (database_open(&reader->db, ROLE_ANALYSISD, DATABASE_TICKS, ACCESS_READ,
		reader->state_dir, &problem) < 0)
		return;
	if (database_prepare(reader->db,
		"SELECT time_us, tick_id FROM unified_ticks"
		" WHERE symbol_id = 1 AND (time_us, tick_id) > (?1, ?2)", &reader->newer) < 0) {
		fprintf(stderr, "latency: %s\n", database_error(reader->db));
		exit(71);
	}
}

static void
look(struct reader *reader)
{
	int got;

	sqlite3_bind_int64(reader->newer, 1, reader->newest_time_us);
	sqlite3_bind_int64(reader->newer, 2, reader->newest_id);
	while ((got = database_step(reader->db, reader->newer)) == 1) {
		int64_t now_us = clock_monotonic_us();

		reader->newest_time_us = sqlite3_column_int64(reader->newer, 0);
		reader->newest_id = sqlite3_column_int64(reader->newer, 1);
		if (reader->seen < reader->frames)
			reader->latency_us[reader->seen++] = now_us -
			    feeder_sent_us(reader->feeder, reader->newest_id - reader->first_id);
	}
	sqlite3_reset(reader->newer);
	if (got < 0) {
		fprintf(stderr, "latency: %s\n", database_error(reader->db));
		exit(71);
	}
}

static void
stop(struct reader *reader)
{
	wake_receiver_close(reader->wake);
	uv_close((uv_handle_t *)&reader->timer, NULL);
}

static void
on_wake(void *context, unsigned ids)
{
	struct reader *reader = context;

	if (reader->db == NULL)
		open_database(reader);
	if (reader->db == NULL)
		return;
	look(reader);
	if (reader->seen == reader->frames)
		stop(reader);
}

static void
on_timer(uv_timer_t *timer)
{
	struct reader *reader = timer->data;

	fprintf(stderr, "latency: only %" PRId64 " of %" PRId64 " rows were seen\n", reader->seen,
	    reader->frames);
	exit(75);
}

static int
ascending(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void
print_result(struct reader *reader)
{
	size_t count = (size_t)(reader->seen - reader->skipped);
	int64_t first_us = feeder_sent_us(reader->feeder, reader->skipped);
	int64_t last_us = feeder_sent_us(reader->feeder, reader->frames - 1);
	int64_t *sorted = reader->latency_us + reader->skipped;

	qsort(sorted, count, sizeof(sorted[0]), ascending);
	printf("{\"frames\": %zu, \"frames_per_second\": %.0f, \"p50_us\": %" PRId64
	       ", \"p99_us\": %" PRId64 ", \"longest_us\": %" PRId64 "}\n",
	    count, (double)(count - 1) * 1e6 / (double)(last_us - first_us),
	    sorted[count / 2], sorted[count * 99 / 100],
	    sorted[count - 1]);
}

static int
listen_for_wakes(struct reader *reader, const char *runtime_dir)
{
	struct problem problem;
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/analysisd", runtime_dir);
	if (mkdir(folder, 0750) < 0 && errno != EEXIST) {
		fprintf(stderr, "latency: %s: %s\n", folder, strerror(errno));
		return 71;
	}
	uv_loop_init(&reader->loop);
	if (wake_receiver_create(&reader->wake, &reader->loop, runtime_dir, "analysisd", on_wake,
		reader, &problem) < 0) {
		fprintf(stderr, "latency: %s\n", problem.text);
		return 71;
	}
	uv_timer_init(&reader->loop, &reader->timer);
	reader->timer.data = reader;
	uv_timer_start(&reader->timer, on_timer, GIVE_UP_MS, 0);
	return 0;
}

int
main(int argc, char **argv)
{
	/* What is stored already is older. */
	struct reader reader = {.newest_time_us = clock_wall_us(), .newest_id = INT64_MIN};
	int status;

	if (argc != 7)
		return 64;
	reader.state_dir = argv[1];
	reader.first_id = atoll(argv[3]);
	reader.frames = atoll(argv[4]);
	reader.skipped = atoll(argv[6]);
	if (reader.frames - reader.skipped < 2 || atoll(argv[5]) < 1)
		return 64;
	reader.latency_us = calloc((size_t)reader.frames, sizeof(reader.latency_us[0]));
	reader.feeder = feeder_start(reader.first_id, reader.frames, atoll(argv[5]));
	if (reader.latency_us == NULL || reader.feeder == NULL)
		return 71;
	status = listen_for_wakes(&reader, argv[2]);
	if (status != 0)
		return status;
	printf("%d\n", feeder_port(reader.feeder));
	fflush(stdout);
	uv_run(&reader.loop, UV_RUN_DEFAULT);
	uv_loop_close(&reader.loop);
	print_result(&reader);
	sqlite3_finalize(reader.newer);
	database_close(reader.db);
	feeder_stop(reader.feeder);
	free(reader.latency_us);
	return 0;
}
