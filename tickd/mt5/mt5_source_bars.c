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

/* There are no others before that, as far as the message says; TICK_NONE: it says nothing. */
static int64_t
until(const struct mt5_bars *bars, const struct candle *candles, int64_t now_us)
{
	if (bars->last) /* there is nothing else before the present candle */
		return candle_slot(now_us);
	return bars->count == 0 ? TICK_NONE : candles[bars->count - 1].open_time_us + CANDLE_M5_US;
}

static void
store_candles(struct mt5_source *source, const struct mt5_bars *bars, struct candle *candles)
{
	int64_t now_us = mt5_clock_now(&source->clock, clock_monotonic_us(), clock_wall_us());
	int64_t until_us = until(bars, candles, now_us);
	long number = mt5_symbols_find(&source->symbols, bars->symbol);
	char sentence[2 * MT5_NAME_MAX + 64];

	if (bars->count > 0 && candles[bars->count - 1].open_time_us > now_us + FUTURE_US) {
		snprintf(sentence, sizeof(sentence), "bars of %s are later than the broker's clock",
		    bars->symbol);
		source_end(source, "bad-message", sentence);
	} else if (until_us != TICK_NONE) {
		(void)source_add(source, mt5_item_bars(source->session, (size_t)number, candles,
		    bars->count, until_us));
	}
}

void
source_store_bars(struct mt5_source *source, const struct mt5_bars *bars)
{
	struct candle *candles = calloc(bars->count + 1, sizeof(*candles));

	if (candles == NULL) {
		source_end(source, "stopping", "out of memory");
		return;
	}
	for (size_t i = 0; i < bars->count; i++)
		candles[i] = candle_of(source, &bars->bars[i]);
	store_candles(source, bars, candles);
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
