/* One scenario under way: the daemon's feed side on its fakes, and what it has said. */
#ifndef SCENARIO_STAGE_H
#define SCENARIO_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/settings.h"
#include "tickd/binance.h"
#include "tickd/store/storage.h"

#define TOLD_MAX 20000
#define OVERRIDES_MAX 32

struct told {
	char event[40], symbol[32];
};

struct stage {
	char folder[64];
	char file[96]; /* of settings, empty */
	char *overrides[OVERRIDES_MAX];
	size_t override_count;
	struct settings settings;
	struct storage *storage;
	struct binance *binance; /* NULL once it is closed */
	struct told told[TOLD_MAX];
	size_t told_count;
	bool started;
};

extern struct stage stage;

void
stage_prepare(void);

/* "section.name=value", before the start. */
void
stage_set(const char *text);

void
stage_start(void);

/* Ends it in order; or as by kill -9, what is not committed being lost. */
void
stage_stop(bool kill);

void
stage_clear(void);

#endif
