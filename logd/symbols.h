/*
 * Which symbols are stored, and which one a path means: SYMBOL or SOURCE:SYMBOL.
 */
#ifndef LOGD_SYMBOLS_H
#define LOGD_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "logd/readers.h"

#define SYMBOLS_NAME_SIZE 64 /* bytes of a source or a symbol with its NUL; longer ones are cut */
#define SYMBOLS_MAX 8192     /* listed at the most: a terminal has up to 1000 */

struct symbol_row {
	int64_t symbol_id;
	char source[SYMBOLS_NAME_SIZE], symbol[SYMBOLS_NAME_SIZE], id_kind[16];
	int digits;
	int64_t ticks, candles;
	int64_t newest_id, newest_us, ticks_from_us; /* TICK_NONE where there is none */
};

/*
 * Up to `capacity` rows: all symbols, in order of source and symbol.  Returns 0 or -errno with
 * the sentence (see readers.h).
 */
__attribute__((warn_unused_result)) int
symbols_list(struct readers *readers, struct symbol_row *rows, size_t capacity, size_t *ret_count,
    struct problem *problem);

/*
 * The symbol that `name` means.  Returns 0; -ESRCH when there is none; -ENOTUNIQ when several
 * sources have it (the sentence lists the choices); -errno as above.
 */
__attribute__((warn_unused_result)) int
symbols_find(struct readers *readers, const char *name, struct symbol_row *ret_row,
    struct problem *problem);

#endif
