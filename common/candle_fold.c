#include "common/candle_fold.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/tick.h"

int64_t
candle_fold_slot(int64_t time_us, int64_t slot_us)
{
	int64_t rest = time_us % slot_us, start;

	if (rest < 0)
		rest += slot_us;
	/* The beginning of time has no slot of its own to begin in. */
	return __builtin_sub_overflow(time_us, rest, &start) ? INT64_MIN : start;
}

int64_t
candle_fold_next_slot(int64_t time_us, int64_t slot_us)
{
	int64_t next;

	if (time_us == INT64_MIN ||
	    __builtin_add_overflow(candle_fold_slot(time_us - 1, slot_us), slot_us, &next))
		return time_us;
	return next;
}

int64_t
candle_fold_length(const char *timeframe)
{
	static const struct {
		const char *name;
		int64_t minutes;
	} lengths[] = {{"M5", 5}, {"M15", 15}, {"M30", 30}, {"H1", 60}, {"H4", 240}, {"D1", 1440}};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		if (strcmp(lengths[i].name, timeframe) == 0)
			return lengths[i].minutes * 60 * CLOCK_SECOND_US;
	return 0;
}

/*
 * Adds two sums of quantities.  Those are whole numbers of 1e-8, so as long as both are small
 * enough for a double to tell, the sum is made of the whole numbers and rounded once.
 */
static double
add_volumes(double a, double b)
{
	double a_e8 = rint(a * 1e8), b_e8 = rint(b * 1e8);

	if (a_e8 / 1e8 == a && b_e8 / 1e8 == b && a_e8 + b_e8 < 9e15)
		return (a_e8 + b_e8) / 1e8;
	return a + b;
}

void
candle_fold_start(struct candle *slot, const struct candle *m5, int64_t slot_us)
{
	*slot = *m5;
	slot->open_time_us = candle_fold_slot(m5->open_time_us, slot_us);
}

static void
add_ids(struct candle *slot, const struct candle *m5)
{
	if (m5->first_tick_id == TICK_NONE || slot->first_tick_id == TICK_NONE) {
		slot->first_tick_id = slot->last_tick_id = TICK_NONE;
		return;
	}
	if (m5->first_tick_id < slot->first_tick_id)
		slot->first_tick_id = m5->first_tick_id;
	if (m5->last_tick_id > slot->last_tick_id)
		slot->last_tick_id = m5->last_tick_id;
}

bool
candle_fold(struct candle *slot, const struct candle *m5, int64_t slot_us, bool before)
{
	if (candle_fold_slot(m5->open_time_us, slot_us) != slot->open_time_us)
		return false;
	if (before)
		slot->open_e8 = m5->open_e8;
	else
		slot->close_e8 = m5->close_e8;
	if (m5->high_e8 > slot->high_e8)
		slot->high_e8 = m5->high_e8;
	if (m5->low_e8 < slot->low_e8)
		slot->low_e8 = m5->low_e8;
	slot->volume = add_volumes(slot->volume, m5->volume);
	slot->quote_volume = add_volumes(slot->quote_volume, m5->quote_volume);
	slot->taker_buy_volume = add_volumes(slot->taker_buy_volume, m5->taker_buy_volume);
	slot->trades += m5->trades;
	slot->revision += m5->revision;
	slot->complete &= m5->complete;
	if (m5->origin != slot->origin && m5->origin != CANDLE_TICKS)
		slot->origin = m5->origin;
	add_ids(slot, m5);
	return true;
}
