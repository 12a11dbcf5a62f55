/*
 * What the parts of settings_load() share: where each value came from, and the faults.
 */
#ifndef COMMON_SETTINGS_LOADING_H
#define COMMON_SETTINGS_LOADING_H

#include <stdbool.h>
#include <stdio.h>

#include "common/settings.h"

#define SETTINGS_PLACE_DEFAULT "default" /* the `file` of a default */

/* Where a value came from: line 0 is an -o option or a default. */
struct settings_place {
	const char *file;
	int line;
	bool continued; /* the line goes on from the one before */
	bool faulty;	/* the value was refused: what follows from that is no fault of its own */
};

struct settings_account_places {
	struct settings_place section; /* where it appeared first */
	struct settings_place token_file;
};

struct settings_loading {
	struct settings *settings;
	struct settings_faults *faults;
	struct settings_place place;
	struct settings_place *set_at; /* for checks across settings: one a row of settings_table() */
	struct settings_account_places *accounts_at; /* one an account; the first is not used */
	FILE *stream;
	bool named; /* in this section a name came already that an indented line can go on from */
	bool no_memory;
};

void
settings_fault_add(struct settings_loading *loading, const struct settings_place *place,
    const char *what);

/* A fault of the setting at `target` (in *loading->settings) unless `ok`; placed where it was set. */
void
settings_fault_unless(struct settings_loading *loading, bool ok, const void *target,
    const char *expected);

/* The setting at `target` was not set by anybody. */
bool
settings_is_default(const struct settings_loading *loading, const void *target);

#endif
