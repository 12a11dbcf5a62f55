#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tickd/mt5/mt5_place.h"

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

	if (before->server_ms != TICK_NONE &&
	    (from_ms == TICK_NONE || from_ms <= before->server_ms))
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

void
source_store_ticks(struct mt5_source *source, const struct mt5_ticks *ticks)
{
	long number = mt5_symbols_find(&source->symbols, ticks->symbol);
	struct mt5_known_symbol *symbol = &source->symbols.all[number];
	struct mt5_page page = {.symbol = (size_t)number, .mark = symbol->mark};
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

/* By the clock that its terminal showed when it sent them. */
static bool
is_of_the_future(const struct mt5_ticks *ticks, const struct mt5_clocks *clocks)
{
	return ticks->count > 0 && ticks->ticks[ticks->count - 1].server_ms * CLOCK_MS_US >
	    clocks->server_s * CLOCK_SECOND_US + FUTURE_US;
}

void
source_take_ticks(struct mt5_source *source, const struct mt5_message *message)
{
	const struct mt5_ticks *ticks = &message->ticks;
	char sentence[2 * MT5_NAME_MAX + 64];

	if (mt5_symbols_find(&source->symbols, ticks->symbol) < 0) {
		source_refuse_symbol(source, ticks->symbol);
	} else if (is_of_the_future(ticks, &message->clocks)) {
		snprintf(sentence, sizeof(sentence), "ticks of %s are later than time_server",
		    ticks->symbol);
		source_end(source, "bad-message", sentence);
	} else if (!source_hold(source, message)) {
		source_store_ticks(source, ticks);
	}
}
