/*
 * The ids of the store: which ticks are surely new, which ids are missing.  Inside a transaction of
 * the store's.
 */
#ifndef TICKD_STORE_IDS_H
#define TICKD_STORE_IDS_H

#include "tickd/store/store_state.h"

/* True for what retention has deleted once: it is not stored again. */
static inline bool
store_too_old(const struct symbol *symbol, const struct tick *tick)
{
	return symbol->row.frozen_us != TICK_NONE && tick->time_us < symbol->row.frozen_us;
}

/* Room for `count` ticks in each list. */
__attribute__((warn_unused_result)) int
store_make_room(struct store *store, size_t count);

/* A tick that is stored now: the clocks that it moves on. */
void
store_note_time(struct store *store, struct symbol *symbol, const struct tick *tick);

/*
 * Ids that follow each other are there, or were (`old`): beyond those known so far they leave a gap
 * open between.
 */
__attribute__((warn_unused_result)) int
store_note_ids(struct store *store, struct symbol *symbol, const struct gap *ids, bool old);

/*
 * They may have been missing.  The candles beside a hole that they fill, which may be complete then,
 * go to store->beside.  Returns 0 or -errno; *ret_filled is how many were.
 */
__attribute__((warn_unused_result)) int
store_fill_ids(struct store *store, struct symbol *symbol, const struct gap *ids, bool page,
    int64_t *ret_filled);

/* An import may have made holes beside these ids short enough to be filled after all. */
__attribute__((warn_unused_result)) int
store_judge_holes_beside(struct store *store, struct symbol *symbol, const struct gap *ids);

/*
 * Takes the ticks in the order of their coming apart into store->fresh and store->known, moves the
 * clocks on, and opens a gap wherever the ids of a symbol jump.
 */
__attribute__((warn_unused_result)) int
store_note_arrivals(struct store *store, const struct tick *ticks, size_t count);

#endif
