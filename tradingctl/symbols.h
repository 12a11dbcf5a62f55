/*
 * The symbols table as tradingctl knows it, and finding one by the name that a person gives.
 */
#ifndef TRADINGCTL_SYMBOLS_H
#define TRADINGCTL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/database.h"
#include "common/problem.h"

#define SYMBOL_NAME_SIZE 64 /* bytes; a source or a symbol with its NUL */

struct symbol_row {
	int64_t symbol_id;
	char source[SYMBOL_NAME_SIZE], symbol[SYMBOL_NAME_SIZE];
	int digits;
	char id_kind[16]; /* "trade", "aggregate" or "ordinal" */
	bool has_ids; /* ids are the venue's, one after the other; not ordinals */
	int64_t newest_us; /* of a trade; TICK_NONE where there is none */
};

struct symbols {
	struct symbol_row *items;
	size_t count;
};

/* Reads all, by source and symbol.  Returns 0 or -errno with the sentence; free in either case. */
__attribute__((warn_unused_result)) int
symbols_read(struct database *db, struct symbols *ret, struct problem *problem);

void
symbols_free(struct symbols *symbols);

/*
 * Finds SYMBOL or SOURCE:SYMBOL.  Returns NULL with the sentence: unknown (with what there is), or
 * ambiguous (with the choices).  Pure.
 */
const struct symbol_row *
symbols_find(const struct symbols *symbols, const char *name, struct problem *problem);

#endif
