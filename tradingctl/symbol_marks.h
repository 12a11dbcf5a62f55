/* What the writer notes of a symbol beside its rows, in the snapshot in which it is read. */
#ifndef TRADINGCTL_SYMBOL_MARKS_H
#define TRADINGCTL_SYMBOL_MARKS_H

#include "common/database.h"

/* TICK_NONE stands for NULL. */
struct symbol_marks {
	int64_t ticks, candles;	     /* how many rows are stored */
	int64_t first_id, newest_id; /* what lies between is stored, or in feed_gaps */
	int64_t whole_from_us;	     /* from this slot on nothing is missing before first_id */
	int64_t frozen_us;	     /* ticks before this slot were deleted */
	int64_t source_clock_us;     /* newest trade of any symbol of the source */
};

/* Prepares the statement for symbol_marks_read(); finalised by the caller.  0 or -errno. */
__attribute__((warn_unused_result)) int
symbol_marks_prepare(struct database *db, sqlite3_stmt **ret);

/* Returns 0 or -errno; of a symbol that is gone there are no marks: all TICK_NONE. */
__attribute__((warn_unused_result)) int
symbol_marks_read(struct database *db, sqlite3_stmt *statement, int64_t symbol_id,
    struct symbol_marks *ret);

#endif
