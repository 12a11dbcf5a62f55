#include "analysisd/slot_ticks.h"

#include "common/clock.h"

#define TICKS_PAGE 10000

void
slot_ticks_init(struct slot_ticks *slot)
{
	slot->slot_us = TICK_NONE;
	candle_ticks_init(&slot->ticks);
}

void
slot_ticks_finish(struct slot_ticks *slot)
{
	candle_ticks_finish(&slot->ticks);
}

void
slot_ticks_forget(struct slot_ticks *slot)
{
	slot->slot_us = TICK_NONE;
}

void
slot_ticks_change(struct slot_ticks *slot, int64_t from_us, int64_t to_us)
{
	if (slot->slot_us != TICK_NONE && to_us >= slot->slot_us - SLOT_TICKS_FLOW_US &&
	    from_us < slot->slot_us + CANDLE_M5_US)
		slot_ticks_forget(slot);
}

void
slot_ticks_skip(struct slot_ticks *slot, int64_t slot_us)
{
	slot_ticks_forget(slot);
	candle_ticks_start(&slot->ticks, TICK_NONE);
	flow_start(&slot->flow, slot_us + CANDLE_M5_US);
}

/* ---- reading ---- */

/* Goes on with the flow where it reaches into the half hour before the slot. */
static void
begin_slot(struct slot_ticks *slot, const struct slot_ticks_plan *plan)
{
	int64_t slot_us = plan->slot_us, flow_us = plan->flow_us;

	if (slot->slot_us == TICK_NONE || slot->slot_us > slot_us ||
	    slot->tick_us < slot_us - SLOT_TICKS_FLOW_US) {
		flow_start(&slot->flow, flow_us);
		slot->tick_us = flow_us < slot_us ? flow_us : slot_us;
		slot->tick_id = INT64_MIN;
	}
	slot->slot_us = slot_us;
	slot->trades = 0;
	slot->in_pieces = false;
	candle_ticks_start(&slot->ticks, plan->large_above_e8);
}

static int
add_tick(void *context, const struct tick *tick)
{
	struct slot_ticks *slot = context;

	slot->tick_us = tick->time_us;
	slot->tick_id = tick->tick_id;
	flow_add(&slot->flow, tick);
	if (tick->time_us < slot->slot_us)
		return 0;
	if ((tick->flags & TICK_TRADE) != 0)
		slot->trades += tick->trade_count == 0 ? 1 : tick->trade_count;
	return candle_ticks_add(&slot->ticks, tick);
}

int
slot_ticks_read(struct slot_ticks *slot, struct market_reader *reader, int64_t symbol_id,
    const struct slot_ticks_plan *plan, int64_t before_us, int64_t deadline_us)
{
	int64_t end_us = plan->slot_us + CANDLE_M5_US;
	int count;

	if (slot->slot_us == plan->slot_us && slot->ticks.large_above_e8 != plan->large_above_e8)
		slot_ticks_forget(slot);
	if (slot->slot_us != plan->slot_us)
		begin_slot(slot, plan);
	if (before_us < end_us)
		slot->in_pieces = true;
	else
		before_us = end_us;
	while (slot->tick_us < before_us) {
		count = market_reader_ticks(reader, symbol_id, slot->tick_us, slot->tick_id,
		    before_us, TICKS_PAGE, add_tick, slot);
		if (count < 0)
			return count;
		if (count < TICKS_PAGE)
			break;
		if (clock_monotonic_us() >= deadline_us)
			return 1;
	}
	return 0;
}

/* ---- late ticks ---- */

/*
 * Where all ticks are trades the candle knows how many there are.  (The first quote of a slot of
 * trades, and a second late, would be missed: sources store all quotes or none.)
 */
int
slot_ticks_fit(const struct slot_ticks *slot, struct market_reader *reader, int64_t symbol_id,
    const struct candle *candle)
{
	int64_t stored;
	int error;

	if (!slot->in_pieces)
		return 1;
	if (slot->ticks.ticks == slot->ticks.trades && slot->trades == candle->trades)
		return 1;
	error = market_reader_count_ticks(reader, symbol_id, candle->open_time_us,
	    candle->open_time_us + CANDLE_M5_US, &stored);
	return error < 0 ? error : stored == slot->ticks.ticks;
}
