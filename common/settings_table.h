/*
 * Every setting once: its name, type, target, default and one line of help.
 */
#ifndef COMMON_SETTINGS_TABLE_H
#define COMMON_SETTINGS_TABLE_H

#include <stddef.h>

#include "common/settings_value.h"

struct settings_row {
	const char *section, *name;
	enum settings_type type;
	size_t offset; /* of the target in what the table describes */
	const char *initial;
	const char *help;
};

struct settings_table {
	const struct settings_row *rows;
	size_t count;
};

/* Of struct settings. */
struct settings_table
settings_table(void);

/* Of struct settings_account: what a section [mt5.NAME] may say. */
struct settings_table
settings_account_table(void);

/* The row of that section and name; NULL where there is none. */
const struct settings_row *
settings_table_find(struct settings_table table, const char *section, const char *name);

/* Reads every default into *target. */
void
settings_table_defaults(struct settings_table table, void *target, bool *no_memory);

/* Frees what *target has of every row. */
void
settings_table_free(struct settings_table table, void *target);

#endif
