/*
 * The ticks of one symbol, read once and in order, a slot at a time: what the slot's ticks say, and
 * the order flow of the slot and of the half hour before it.
 *
 * A slot may be read while it is still forming, in pieces: a tick that comes late, behind what has
 * been read, is then missed, which slot_ticks_fit() tells at the slot's close.  Who hears of a
 * change calls slot_ticks_change().  Either way the result is that of reading all at the close.
 */
#ifndef ANALYSISD_SLOT_TICKS_H
#define ANALYSISD_SLOT_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysisd/candle_ticks.h"
#include "analysisd/flow.h"
#include "analysisd/market_reader.h"
#include "common/candle.h"

#define SLOT_TICKS_FLOW_US (FLOW_WINDOWS_BEFORE * FLOW_WINDOW_US) /* before the slot */

struct slot_ticks {
	int64_t slot_us; /* that is read, or was last; TICK_NONE: nothing to go on with */
	int64_t tick_us, tick_id; /* all ticks up to here are in, from the flow's beginning on */
	int64_t trades;		  /* of the slot, those inside aggregates too */
	bool in_pieces;		  /* a part of the slot was read before it closed */
	struct candle_ticks ticks; /* of the slot */
	struct flow flow;
};

void
slot_ticks_init(struct slot_ticks *slot);

void
slot_ticks_finish(struct slot_ticks *slot);

/* What has been read is no longer what is stored; it is all read again. */
void
slot_ticks_forget(struct slot_ticks *slot);

/* Ticks of from_us..to_us are not what they were: forgets, where that is in. */
void
slot_ticks_change(struct slot_ticks *slot, int64_t from_us, int64_t to_us);

/* Where a slot is to be read from, and what is large in it. */
struct slot_ticks_plan {
	int64_t slot_us;
	int64_t flow_us; /* the flow's beginning: the slot's start less SLOT_TICKS_FLOW_US, or later
			    where trades before that are not all stored */
	int64_t large_above_e8; /* see candle_ticks_start() */
};

/* The slot has no ticks worth reading: none are in, and its flow is not defined. */
void
slot_ticks_skip(struct slot_ticks *slot, int64_t slot_us);

/*
 * Reads on to before_us, but not past the end of the plan's slot, which is not before the last one.
 * Begins at its flow_us where nothing can be gone on with, or something else is large than when the
 * slot was begun.  Stops early at deadline_us (monotonic): returns 1 then, 0 when it is there,
 * -errno.
 */
__attribute__((warn_unused_result)) int
slot_ticks_read(struct slot_ticks *slot, struct market_reader *reader, int64_t symbol_id,
    const struct slot_ticks_plan *plan, int64_t before_us, int64_t deadline_us);

/*
 * Once the slot at candle->open_time_us is read to its end: 1 when that is what is stored, 0 when a
 * tick came behind what had been read (forget it and read again), -errno.
 */
__attribute__((warn_unused_result)) int
slot_ticks_fit(const struct slot_ticks *slot, struct market_reader *reader, int64_t symbol_id,
    const struct candle *candle);

#endif
