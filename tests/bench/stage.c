#include "tests/bench/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/bench/rows.h"

static void
on_commit(void *context)
{
	/* The loop has nothing else to do with it here. */
}

static int
load_settings(struct settings *settings, const char *folder, int64_t symbols)
{
	char state[4200], runtime[4200], list[8192] = "binance.symbols=";
	const char *overrides[] = {state, runtime, list, "retention.ticks=0"};
	struct settings_faults faults;
	size_t used = strlen(list);
	int error;

	snprintf(state, sizeof(state), "paths.state_dir=%s", folder);
	snprintf(runtime, sizeof(runtime), "paths.runtime_dir=%s", folder);
	for (int64_t i = 0; i < symbols && used < sizeof(list) - 32; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%sS%" PRId64 "USDT",
		    i == 0 ? "" : ",", i);
	error = settings_load(settings, "/dev/null", overrides, 4, &faults);
	for (size_t i = 0; i < faults.count && i < SETTINGS_FAULTS_MAX; i++)
		fprintf(stderr, "bench: %s\n", faults.texts[i]);
	settings_faults_free(&faults);
	return error;
}

void
stage_open(struct stage *stage, const char *folder, int64_t symbols)
{
	struct problem problem;

	if (load_settings(&stage->settings, folder, symbols) < 0)
		exit(78);
	uv_loop_init(&stage->loop);
	if (storage_create(&stage->storage, &stage->settings, &stage->loop, on_commit, NULL,
		&problem) < 0) {
		fprintf(stderr, "bench: %s\n", problem.text);
		exit(71);
	}
}

static const struct timespec short_pause = {.tv_nsec = 200000};

void
stage_push_tick(struct stage *stage, const struct tick *tick)
{
	while (!storage_push(stage->storage, tick))
		nanosleep(&short_pause, NULL);
}

void
stage_push(struct stage *stage, int64_t first, int64_t count, int64_t symbols)
{
	for (int64_t n = first; n < first + count; n++) {
		struct tick tick = rows_tick(n, symbols);

		stage_push_tick(stage, &tick);
	}
}

void
stage_wait(const struct stage *stage, int64_t rows)
{
	struct storage_figures figures;

	for (;;) {
		storage_figures(stage->storage, &figures);
		if (figures.stored >= rows)
			return;
		nanosleep(&short_pause, NULL);
	}
}

void
stage_close(struct stage *stage)
{
	int64_t left = storage_stop(stage->storage);

	uv_run(&stage->loop, UV_RUN_DEFAULT);
	uv_loop_close(&stage->loop);
	settings_free(&stage->settings);
	if (left != 0)
		exit(71);
}

double
stage_cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
