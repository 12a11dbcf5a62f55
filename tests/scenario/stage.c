#define _GNU_SOURCE
#include "tests/scenario/stage.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"
#include "tests/scenario/storage_side.h"

#define STOP_LIMIT_US INT64_C(10000000) /* a feed that takes longer to close hangs */

struct stage stage;

void
stage_prepare(void)
{
	FILE *file;

	stage = (struct stage){.folder = "/tmp/scenario.XXXXXX"};
	if (mkdtemp(stage.folder) == NULL)
		scenario_fail("no folder: %s", strerror(errno));
	snprintf(stage.file, sizeof(stage.file), "%s/trading.conf", stage.folder);
	file = fopen(stage.file, "we");
	if (file == NULL || fclose(file) != 0)
		scenario_fail("no settings: %s", strerror(errno));
	stage_set("binance.symbols=BTCUSDT");
	stage_set("binance.history=0");
	stage_set("binance.source=sim");
	stage_set("storage.ring=32768");
}

void
stage_set(const char *text)
{
	if (stage.override_count == OVERRIDES_MAX)
		scenario_fail("too many settings");
	stage.overrides[stage.override_count++] = strdup(text);
}

static void
on_tell(void *context, int level, const char *event, const char *symbol, const char *sentence)
{
	struct told *told;

	if (getenv("SCENARIO_SHOW") != NULL)
		fprintf(stderr, "  %10.3f %s %s: %s\n", (double)outside_elapsed_us() / 1e6, event,
		    symbol == NULL ? "" : symbol, sentence);
	if (stage.told_count == TOLD_MAX)
		scenario_fail("more than %d lines told", TOLD_MAX);
	told = &stage.told[stage.told_count++];
	snprintf(told->event, sizeof(told->event), "%s", event);
	snprintf(told->symbol, sizeof(told->symbol), "%s", symbol == NULL ? "" : symbol);
}

static void
on_closed(void *context)
{
	stage.binance = NULL;
}

static void
on_stored(void *context)
{
	if (stage.binance != NULL)
		binance_poke(stage.binance);
}

static void
load_settings(void)
{
	struct settings_faults faults;
	char state[128], path[96];

	snprintf(path, sizeof(path), "%s/tickd", stage.folder);
	(void)mkdir(path, 0750);
	snprintf(state, sizeof(state), "paths.state_dir=%s", stage.folder);
	stage_set(state);
	if (settings_load(&stage.settings, stage.file, (const char *const *)stage.overrides,
		stage.override_count, &faults) < 0)
		scenario_fail("%s", faults.count > 0 ? faults.texts[0] : "out of memory");
	settings_faults_free(&faults);
	stage.override_count--;
	free(stage.overrides[stage.override_count]);
}

void
stage_start(void)
{
	struct problem problem;

	if (!stage.started) {
		load_settings();
		stage.started = true;
	}
	if (storage_create(&stage.storage, &stage.settings, NULL, on_stored, NULL, &problem) < 0)
		scenario_fail("%s", problem.text);
	if (binance_create(&stage.binance, &stage.settings, NULL, NULL, stage.storage, on_tell,
		on_closed, NULL, &problem) < 0)
		scenario_fail("%s", problem.text);
	binance_start(stage.binance);
}

void
stage_stop(bool kill)
{
	int64_t until_us = outside_elapsed_us() + STOP_LIMIT_US;

	if (kill)
		storage_side_die(stage.storage);
	binance_stop(stage.binance);
	while (stage.binance != NULL && outside_elapsed_us() < until_us)
		outside_run_until(outside_elapsed_us() + CLOCK_MS_US);
	if (stage.binance != NULL)
		scenario_fail("the feed does not close");
	if (kill)
		storage_side_die(stage.storage);
	(void)storage_stop(stage.storage);
	stage.storage = NULL;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void
stage_clear(void)
{
	if (stage.binance != NULL)
		stage_stop(false);
	if (stage.started)
		settings_free(&stage.settings);
	for (size_t i = 0; i < stage.override_count; i++)
		free(stage.overrides[i]);
	(void)nftw(stage.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
