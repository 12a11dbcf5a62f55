#include "tickd/mt5/mt5_source_state.h"

#include <stdlib.h>
#include <syslog.h>

#include "common/clock.h"

void
source_keep_offset(struct mt5_source *source)
{
	const struct broker_time *time = &source->clock.time;
	const struct broker_offset *newest = &time->offsets[time->count - 1];
	struct mt5_item *item = mt5_item_create(ITEM_OFFSET, source->session);
	int64_t minutes = newest->offset_us / (60 * CLOCK_SECOND_US);

	mt5_notes_tell(&source->notes, LOG_NOTICE, "broker-clock",
	    "the clock of %s is UTC%c%02d:%02d", source->server, minutes < 0 ? '-' : '+',
	    abs((int)minutes) / 60, abs((int)minutes) % 60);
	if (item != NULL)
		item->offset = *newest;
	(void)source_add(source, item);
}

/* ---- what waits for it ---- */

bool
source_hold(struct mt5_source *source, const struct mt5_message *message)
{
	if (source->held.count == 0 && source->clock.time.candidate_us == TICK_NONE)
		return false;
	if (mt5_held_add(&source->held, message) < 0)
		source_end(source, "stopping", "out of memory");
	return true;
}

/* The clock is believed (again): what waited for it goes first. */
static void
take_held(struct mt5_source *source)
{
	struct mt5_held_message *kept;

	while (source->session != NO_SESSION &&
	    (kept = mt5_held_take(&source->held)) != NULL) {
		if (kept->message.type == MT5_TICKS)
			source_store_ticks(source, &kept->message.ticks);
		else
			source_store_bars(source, &kept->message.bars);
		free(kept);
	}
}

/* ---- time ---- */

bool
source_hear(struct mt5_source *source, const struct mt5_clocks *clocks)
{
	enum broker_clock clock;

	if (clocks->server_s == TICK_NONE)
		return true;
	clock = mt5_clock_hear(&source->clock, clocks, clock_monotonic_us());
	if (clock == BROKER_CLOCK_ABSURD) {
		source_refuse(source, "clock", CLOCK_ABSURD);
		return false;
	}
	if (clock == BROKER_CLOCK_CHANGED)
		source_keep_offset(source);
	if (clock != BROKER_CLOCK_DIFFERS)
		take_held(source);
	return source->session != NO_SESSION;
}

void
source_look_at_clock(struct mt5_source *source, int64_t now_us)
{
	enum broker_clock clock = broker_time_turn(&source->clock.time, now_us);

	if (clock == BROKER_CLOCK_CHANGED)
		source_keep_offset(source);
	if (clock != BROKER_CLOCK_DIFFERS)
		take_held(source);
}
