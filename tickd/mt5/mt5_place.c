#include "tickd/mt5/mt5_place.h"

#include <stdbool.h>

#include "common/clock.h"

#define DEAL (MT5_TICK_LAST | MT5_TICK_VOLUME | MT5_TICK_BUY | MT5_TICK_SELL)

bool
mt5_tick_row(const struct mt5_tick *tick, int64_t time_us, int64_t ordinal, struct tick *ret)
{
	/* What is only repeated must not be counted twice: the flags say what is new. */
	bool deal = (tick->flags & DEAL) != 0 && tick->last_e8 != TICK_NONE;

	if (tick->bid_e8 == TICK_NONE && tick->ask_e8 == TICK_NONE && !deal)
		return false;
	*ret = (struct tick){
		.time_us = time_us,
		.tick_id = ordinal,
		.price_e8 = deal ? tick->last_e8 : TICK_NONE,
		.volume_e8 = deal && tick->volume_e8 > 0 ? tick->volume_e8 : TICK_NONE,
		.bid_e8 = tick->bid_e8,
		.ask_e8 = tick->ask_e8,
		.flags = TICK_QUOTE | tick->flags << MT5_FLAGS_SHIFT,
	};
	return true;
}

/* The place of a message's first tick. */
static int64_t
first_place(const struct mt5_watermark *mark, const struct mt5_ticks *message)
{
	if (message->first >= 0)
		return message->first;
	return message->ticks[0].server_ms == mark->server_ms ? mark->count_in_ms : 0;
}

static bool
is_known(const struct mt5_watermark *mark, int64_t server_ms, int64_t place)
{
	return mark->server_ms != TICK_NONE &&
	    (server_ms < mark->server_ms ||
		(server_ms == mark->server_ms && place < mark->count_in_ms));
}

static void
go_up(struct tick *row, const struct tick *before)
{
	if (row->time_us > before->time_us ||
	    (row->time_us == before->time_us && row->tick_id > before->tick_id))
		return;
	row->time_us = before->time_us;
	row->tick_id = before->tick_id + 1;
}

size_t
mt5_place(struct mt5_watermark *mark, const struct mt5_ticks *message,
    const struct broker_time *time, uint32_t symbol, struct tick *rows, size_t *ret_known)
{
	int64_t place = message->count > 0 ? first_place(mark, message) : 0;
	size_t count = 0, known = 0;

	for (size_t i = 0; i < message->count; i++, place++) {
		const struct mt5_tick *tick = &message->ticks[i];

		if (i > 0 && tick->server_ms != tick[-1].server_ms)
			place = 0;
		if (is_known(mark, tick->server_ms, place)) {
			known++;
			continue;
		}
		mark->server_ms = tick->server_ms;
		mark->count_in_ms = place + 1;
		if (!mt5_tick_row(tick, broker_time_utc(time, tick->server_ms * CLOCK_MS_US), place,
			&rows[count]))
			continue;
		rows[count].symbol = symbol;
		if (count > 0)
			go_up(&rows[count], &rows[count - 1]);
		count++;
	}
	*ret_known = known;
	return count;
}
