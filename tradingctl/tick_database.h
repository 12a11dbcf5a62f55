/* The tick database as the commands open it, and the exit status of what can go wrong. */
#ifndef TRADINGCTL_TICK_DATABASE_H
#define TRADINGCTL_TICK_DATABASE_H

#include "common/database.h"
#include "common/settings.h"
#include "tradingctl/symbols.h"

/* An exit status of sysexits.h for -errno: 69 where nothing is there yet, else program.h's. */
int
exit_status_of(int error);

struct tick_database {
	struct database *db;
	struct symbols symbols;
};

/* Opens it and reads the symbols.  Returns 0, or the exit status with the sentence said. */
int
tick_database_open(struct tick_database *ret, const struct settings *settings);

void
tick_database_close(struct tick_database *ticks);

/* Finds a symbol by name.  NULL, with the sentence said: the exit status is then EX_USAGE. */
const struct symbol_row *
tick_database_find(const struct tick_database *ticks, const char *name);

#endif
