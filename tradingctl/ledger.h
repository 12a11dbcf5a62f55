/*
 * Holes in the ids against the ledger of gaps: which part of a hole is known as lost.  Pure.
 */
#ifndef TRADINGCTL_LEDGER_H
#define TRADINGCTL_LEDGER_H

#include <stddef.h>
#include <stdint.h>

/* A row of feed_gaps that is not filled: what is still missing of it. */
struct ledger_gap {
	int64_t first_id, last_id;
	int64_t from_us, to_us; /* times of the ticks beside */
	char state[16];
	char reason[128]; /* "" where none is given */
};

/* A part of a hole: known by `gap`, or by nobody where that is NULL. */
struct ledger_part {
	int64_t first_id, last_id;
	const struct ledger_gap *gap;
};

/*
 * Splits the hole first_id..last_id by gaps in the order of their first_id; `parts` has room for
 * 2 x count + 1.  Returns how many parts there are: at least one.
 */
size_t
ledger_split(int64_t first_id, int64_t last_id, const struct ledger_gap *gaps, size_t count,
    struct ledger_part *parts);

#endif
