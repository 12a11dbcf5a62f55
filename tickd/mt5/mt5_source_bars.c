#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/candle.h"
#include "common/clock.h"

static struct candle
candle_of(const struct mt5_source *source, const struct mt5_bar *bar)
{
	return (struct candle){
		.open_time_us =
		    broker_time_utc(&source->clock.time, bar->server_s * CLOCK_SECOND_US),
		.open_e8 = bar->open_e8,
		.high_e8 = bar->high_e8,
		.low_e8 = bar->low_e8,
		.close_e8 = bar->close_e8,
		.volume = bar->volume,
		.trades = bar->ticks,
		.first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE,
		.origin = CANDLE_BARS,
		.complete = true,
	};
}

/* By what the broker's clock is now. */
static bool
is_of_the_future(const struct mt5_source *source, const struct mt5_bars *bars, int64_t now_us)
{
	return bars->count > 0 && broker_time_present(&source->clock.time,
	    bars->bars[bars->count - 1].server_s * CLOCK_SECOND_US) > now_us + FUTURE_US;
}

/*
 * Of the hours after a change of the clock whose moment nobody knows some may seem to be still to
 * come: those are left out.
 */
static size_t
convert(const struct mt5_source *source, const struct mt5_bars *bars, int64_t now_us,
    struct candle *candles)
{
	size_t count = 0;

	for (size_t i = 0; i < bars->count; i++) {
		candles[count] = candle_of(source, &bars->bars[i]);
		count += candles[count].open_time_us <= now_us + FUTURE_US;
	}
	return count;
}

/* There are no others before that; TICK_NONE: the message does not say. */
static int64_t
until(const struct mt5_bars *bars, const struct candle *candles, size_t count, int64_t now_us)
{
	if (bars->last) /* there is nothing else before the present candle */
		return candle_slot(now_us);
	return count == 0 ? TICK_NONE : candles[count - 1].open_time_us + CANDLE_M5_US;
}

static void
store_candles(struct mt5_source *source, const struct mt5_bars *bars, int64_t now_us,
    struct candle *candles)
{
	long number = mt5_symbols_find(&source->symbols, bars->symbol);
	size_t count = convert(source, bars, now_us, candles);
	int64_t until_us = until(bars, candles, count, now_us);

	if (until_us != TICK_NONE)
		(void)source_add(source, mt5_item_bars(source->session, (size_t)number, candles,
		    count, until_us));
}

void
source_store_bars(struct mt5_source *source, const struct mt5_bars *bars)
{
	int64_t now_us = mt5_clock_now(&source->clock, clock_monotonic_us(), clock_wall_us());
	struct candle *candles = calloc(bars->count + 1, sizeof(*candles));
	char sentence[2 * MT5_NAME_MAX + 64];

	if (candles == NULL) {
		source_end(source, "stopping", "out of memory");
	} else if (is_of_the_future(source, bars, now_us)) {
		snprintf(sentence, sizeof(sentence), "bars of %s are later than the broker's clock",
		    bars->symbol);
		source_end(source, "bad-message", sentence);
	} else {
		store_candles(source, bars, now_us, candles);
	}
	free(candles);
}

void
source_take_bars(struct mt5_source *source, const struct mt5_message *message)
{
	if (mt5_symbols_find(&source->symbols, message->bars.symbol) < 0)
		source_refuse_symbol(source, message->bars.symbol);
	else if (!source_hold(source, message))
		source_store_bars(source, &message->bars);
}
