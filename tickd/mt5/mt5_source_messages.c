#include "tickd/mt5/mt5_source_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/candle.h"
#include "common/clock.h"

/* ---- errors that end nothing ---- */

void
source_refuse(struct mt5_source *source, const char *code, const char *sentence)
{
	source_write(source, mt5_reply_error(code, sentence));
}

void
source_refuse_symbol(struct mt5_source *source, const char *name)
{
	char sentence[2 * MT5_NAME_MAX + 64];

	snprintf(sentence, sizeof(sentence), "hello named no symbol %s", name);
	source_refuse(source, "unknown-symbol", sentence);
}

/* ---- all that is not ticks ---- */

static void
on_bars(struct mt5_source *source, const struct mt5_bars *bars)
{
	long number = mt5_symbols_find(&source->symbols, bars->symbol);
	struct candle *candles;
	int64_t until_us;

	if (number < 0) {
		source_refuse_symbol(source, bars->symbol);
		return;
	}
	candles = calloc(bars->count + 1, sizeof(*candles));
	if (candles == NULL) {
		source_end(source, "stopping", "out of memory");
		return;
	}
	until_us = TICK_NONE;
	for (size_t i = 0; i < bars->count; i++) {
		const struct mt5_bar *bar = &bars->bars[i];

		candles[i] = (struct candle){
			.open_time_us = broker_time_utc(&source->clock.time,
			    bar->server_s * CLOCK_SECOND_US),
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
		until_us = candles[i].open_time_us + CANDLE_M5_US;
	}
	/* There is nothing else before the present candle. */
	if (bars->last)
		until_us = candle_slot(mt5_clock_now(&source->clock, clock_monotonic_us(),
		    clock_wall_us()));
	if (until_us != TICK_NONE)
		(void)source_add(source, mt5_item_bars(source->session, (size_t)number, candles,
		    bars->count, until_us));
	free(candles);
}

static void
on_account(struct mt5_source *source, const struct mt5_account *account)
{
	struct mt5_item *item = mt5_item_create(ITEM_ACCOUNT, source->session);

	if (item != NULL)
		item->account = *account;
	(void)source_add(source, item);
}

static void
on_closed(struct mt5_source *source, const struct mt5_closed *closed)
{
	struct mt5_item *item = mt5_item_create(ITEM_CLOSED, source->session);

	if (item != NULL) {
		item->closed.closed = *closed;
		item->closed.time = source->clock.time;
	}
	(void)source_add(source, item);
}

void
source_take_message(struct mt5_source *source, const struct mt5_message *message)
{
	char sentence[2 * MT5_NAME_MAX];

	switch (message->type) {
	case MT5_TICKS:
		source_take_ticks(source, message);
		break;
	case MT5_BARS:
		on_bars(source, &message->bars);
		break;
	case MT5_ACCOUNT:
		on_account(source, &message->account);
		break;
	case MT5_POSITIONS:
		(void)source_add(source, mt5_item_positions(source->session, &message->positions,
		    &source->clock.time));
		break;
	case MT5_CLOSED:
		on_closed(source, &message->closed);
		break;
	case MT5_RESULT:
		mt5_orders_result(source->orders, &message->result);
		break;
	case MT5_PING:
		source_write(source, mt5_reply_pong());
		break;
	case MT5_HELLO:
		source_end(source, "bad-message", "hello was said already");
		break;
	case MT5_UNKNOWN:
		snprintf(sentence, sizeof(sentence), "there is no message %s", message->name);
		source_refuse(source, "unknown-type", sentence);
		break;
	}
}
