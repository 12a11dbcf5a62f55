/*
 * The symbols of the settings and their numbers 0..count-1: found by name for every frame.
 */
#ifndef TICKD_SYMBOL_TABLE_H
#define TICKD_SYMBOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/settings.h"

struct symbol_table;

/* The names are borrowed from `symbols`.  NULL: out of memory. */
struct symbol_table *
symbol_table_create(const struct string_list *symbols);

void
symbol_table_free(struct symbol_table *table);

/* The number, or -1 for a symbol that the settings do not name. */
int
symbol_table_find(const struct symbol_table *table, const char *name, size_t length);

#endif
