#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_place.h"

#define FUTURE_US INT64_C(900000000) /* a tick that much later than its broker's clock is none */

/* ---- the broker's clock ---- */

void
source_keep_offset(struct mt5_source *source)
{
	const struct broker_time *time = &source->clock.time;
	const struct broker_offset *newest = &time->offsets[time->count - 1];
	struct mt5_item *item = mt5_item_create(ITEM_OFFSET, source->session);
	int64_t minutes = newest->offset_us / (60 * CLOCK_SECOND_US);

	source_tell(source, LOG_NOTICE, "broker-clock", "the clock of %s is UTC%c%02d:%02d",
	    source->server, minutes < 0 ? '-' : '+', abs((int)minutes) / 60,
	    abs((int)minutes) % 60);
	if (item != NULL)
		item->offset = *newest;
	(void)source_add(source, item);
}

/* ---- ticks ---- */

static bool
make_room(struct mt5_source *source, size_t count)
{
	struct tick *grown;

	if (count <= source->rows_room)
		return true;
	grown = reallocarray(source->rows, count, sizeof(*grown));
	if (grown == NULL)
		return false;
	source->rows = grown;
	source->rows_room = count;
	return true;
}

/* Since when ticks are whole, TICK_NONE where the message goes on from the one before. */
static int64_t
whole_from(const struct mt5_source *source, const struct mt5_watermark *before,
    const struct mt5_ticks *ticks)
{
	int64_t from_ms = ticks->from_ms;

	if (before->server_ms != TICK_NONE && (from_ms == TICK_NONE || from_ms <= before->server_ms))
		return TICK_NONE;
	if (from_ms == TICK_NONE && ticks->count > 0)
		from_ms = ticks->ticks[0].server_ms;
	return from_ms == TICK_NONE ? TICK_NONE :
				      broker_time_utc(&source->clock.time, from_ms * CLOCK_MS_US);
}

static void
note_newest(struct mt5_known_symbol *symbol, const struct tick *rows, size_t count)
{
	if (count == 0)
		return;
	symbol->newest_us = rows[count - 1].time_us;
	symbol->bid_e8 = rows[count - 1].bid_e8;
	symbol->ask_e8 = rows[count - 1].ask_e8;
}

static void
take_ticks(struct mt5_source *source, size_t number, const struct mt5_ticks *ticks)
{
	struct mt5_known_symbol *symbol = &source->symbols.all[number];
	struct mt5_page page = {.symbol = number, .mark = symbol->mark};
	size_t known = 0;

	if (!make_room(source, ticks->count)) {
		source_end(source, "stopping", "out of memory");
		return;
	}
	page.from_us = whole_from(source, &symbol->mark, ticks);
	page.count = mt5_place(&page.mark, ticks, &source->clock.time, (uint32_t)number,
	    source->rows, &known);
	page.ticks = source->rows;
	if (!source_add(source, mt5_item_ticks(source->session, ticks->seq, &page)))
		return;
	symbol->mark = page.mark;
	note_newest(symbol, page.ticks, page.count);
	symbol->ticks += (int64_t)page.count;
	source->ticks += (int64_t)page.count;
	source->known += (int64_t)known;
}

/* The clock is believed (again): what waited for it goes first. */
static void
take_held(struct mt5_source *source)
{
	struct mt5_held_message *kept;

	while (source->session != NO_SESSION &&
	    (kept = mt5_held_take(&source->held)) != NULL) {
		long number = mt5_symbols_find(&source->symbols, kept->message.ticks.symbol);

		if (number >= 0)
			take_ticks(source, (size_t)number, &kept->message.ticks);
		free(kept);
	}
}

void
source_take_ticks(struct mt5_source *source, const struct mt5_message *message)
{
	const struct mt5_ticks *ticks = &message->ticks;
	long number = mt5_symbols_find(&source->symbols, ticks->symbol);
	char sentence[2 * MT5_NAME_MAX + 64];

	if (number < 0) {
		source_refuse_symbol(source, ticks->symbol);
	} else if (ticks->count > 0 && ticks->ticks[ticks->count - 1].server_ms * CLOCK_MS_US >
	    message->clocks.server_s * CLOCK_SECOND_US + FUTURE_US) {
		snprintf(sentence, sizeof(sentence), "ticks of %s are later than time_server",
		    ticks->symbol);
		source_end(source, "bad-message", sentence);
	} else if (source->held.count > 0 || source->clock.time.candidate_us != TICK_NONE) {
		if (mt5_held_add(&source->held, message) < 0)
			source_end(source, "stopping", "out of memory");
	} else {
		take_ticks(source, (size_t)number, ticks);
	}
}

/* ---- time ---- */

/* What every message with clocks says of them.  False: the message is not to be taken. */
bool
source_hear(struct mt5_source *source, const struct mt5_clocks *clocks)
{
	enum broker_clock clock;

	if (clocks->server_s == TICK_NONE)
		return true;
	clock = mt5_clock_hear(&source->clock, clocks, clock_monotonic_us());
	if (clock == BROKER_CLOCK_ABSURD) {
		source_refuse(source, "clock", "time_server is more than 15 hours from time_gmt");
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
