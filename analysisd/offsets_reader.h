/*
 * Reads the pairs of offsets.h from the tick database: they depend on stored ticks and nothing
 * else.
 */
#ifndef ANALYSISD_OFFSETS_READER_H
#define ANALYSISD_OFFSETS_READER_H

#include <stdint.h>

#include "analysisd/offsets.h"
#include "common/database.h"

struct offsets_reader;

/* Whose prices: symbols.symbol_id of both. */
struct offsets_pairing {
	int64_t ours, theirs;
	int64_t frozen_us;   /* ticks of theirs before this were deleted; TICK_NONE: none were */
	const char *against; /* borrowed, by the offsets that are read as well */
};

/* `db` is borrowed.  Errors as database_prepare(). */
__attribute__((warn_unused_result)) int
offsets_reader_open(struct offsets_reader **ret, struct database *db);

/* NULL is allowed; before its database is closed. */
void
offsets_reader_close(struct offsets_reader *reader);

/*
 * Fills `theirs` and frozen_us: those of "SOURCE:SYMBOL", `against`.  Returns 1; 0 where there is none (yet), or the text names no
 * source; -errno as database_step().
 */
__attribute__((warn_unused_result)) int
offsets_reader_find(struct offsets_reader *reader, struct offsets_pairing *pairing);

/* Fills *ret for the bar that opens at open_us.  Returns 0 or -errno; no read is left under way. */
__attribute__((warn_unused_result)) int
offsets_reader_read(struct offsets_reader *reader, const struct offsets_pairing *pairing,
    int64_t open_us, struct offsets *ret);

#endif
