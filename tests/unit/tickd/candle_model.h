/*
 * What the tables must hold once a set of ticks was delivered, worked out slowly and plainly from
 * the set alone: candles, which of them are complete, and which ids are missing.
 */
#ifndef TESTS_UNIT_TICKD_CANDLE_MODEL_H
#define TESTS_UNIT_TICKD_CANDLE_MODEL_H

#include <inttypes.h>

#include "tests/unit/tickd/deliveries.h"

__extension__ typedef unsigned __int128 model_sum;

#define GRACE_US INT64_C(1000000)

struct model_symbol {
	struct tick ticks[TICKS_MAX]; /* each once, by time and id */
	size_t count;
	struct candle candles[SLOTS];
	size_t candle_count;
	int64_t newest_us; /* of a trade, 0 before the first */
	int64_t whole_id;  /* the exchange said that nothing was before it; 0: it did not */
};

struct model {
	struct model_symbol symbols[SYMBOLS];
	int64_t clock_us;
};

static inline bool
is_trade(const struct tick *tick)
{
	return (tick->flags & TICK_TRADE) != 0;
}

static inline bool
model_add(struct model *model, const struct tick *tick)
{
	struct model_symbol *symbol = &model->symbols[tick->symbol];
	size_t at = symbol->count;

	while (at > 0 && compare_times(&symbol->ticks[at - 1], tick) > 0)
		at--;
	if (at > 0 && compare_times(&symbol->ticks[at - 1], tick) == 0)
		return false;
	memmove(symbol->ticks + at + 1, symbol->ticks + at,
	    (symbol->count - at) * sizeof(symbol->ticks[0]));
	symbol->ticks[at] = *tick;
	symbol->count++;
	if (is_trade(tick) && tick->time_us > symbol->newest_us)
		symbol->newest_us = tick->time_us;
	if (is_trade(tick) && tick->time_us > model->clock_us)
		model->clock_us = tick->time_us;
	return true;
}

static inline bool
model_has(const struct model_symbol *symbol, int64_t id)
{
	for (size_t i = 0; i < symbol->count; i++)
		if (is_trade(&symbol->ticks[i]) && symbol->ticks[i].tick_id == id)
			return true;
	return false;
}

/* The next stored id above `id`, or INT64_MAX. */
static inline int64_t
model_next_id(const struct model_symbol *symbol, int64_t id)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < symbol->count; i++)
		if (is_trade(&symbol->ticks[i]) && symbol->ticks[i].tick_id > id &&
		    symbol->ticks[i].tick_id < next)
			next = symbol->ticks[i].tick_id;
	return next;
}

static inline bool
model_over(const struct model *model, const struct model_symbol *symbol, int64_t slot_us)
{
	return symbol->newest_us >= slot_us + CANDLE_M5_US ||
	    model->clock_us >= slot_us + CANDLE_M5_US + GRACE_US;
}

/* A decimal of `places` places as text, so that the C library rounds it, once. */
static inline double
model_round(model_sum sum, int places)
{
	uint64_t unit = 1;
	char text[80];

	for (int i = 0; i < places; i++)
		unit *= 10;
	snprintf(text, sizeof(text), "%" PRIu64 ".%0*" PRIu64, (uint64_t)(sum / unit), places,
	    (uint64_t)(sum % unit));
	return strtod(text, NULL);
}

/* The candle of the trades [first, end) of one slot. */
static inline void
model_candle(const struct model *model, const struct model_symbol *symbol, size_t first, size_t end,
    struct candle *ret)
{
	model_sum volume = 0, quote_volume = 0, bought = 0;
	struct candle candle = {
		.open_time_us = symbol->ticks[first].time_us / CANDLE_M5_US * CANDLE_M5_US,
		.low_e8 = INT64_MAX,
		.first_tick_id = INT64_MAX,
		.last_tick_id = INT64_MIN,
	};
	int64_t next, ids = 0;

	for (size_t i = first; i < end; i++) {
		const struct tick *tick = &symbol->ticks[i];

		if (!is_trade(tick))
			continue;
		if (ids++ == 0)
			candle.open_e8 = tick->price_e8;
		candle.trades += tick->trade_count == 0 ? 1 : tick->trade_count;
		candle.close_e8 = tick->price_e8;
		if (tick->price_e8 > candle.high_e8)
			candle.high_e8 = tick->price_e8;
		if (tick->price_e8 < candle.low_e8)
			candle.low_e8 = tick->price_e8;
		if (tick->tick_id < candle.first_tick_id)
			candle.first_tick_id = tick->tick_id;
		if (tick->tick_id > candle.last_tick_id)
			candle.last_tick_id = tick->tick_id;
		volume += (uint64_t)tick->volume_e8;
		quote_volume += (model_sum)tick->price_e8 * (uint64_t)tick->volume_e8;
		bought += tick->flags & TICK_SELL ? 0 : (uint64_t)tick->volume_e8;
	}
	candle.volume = model_round(volume, 8);
	candle.quote_volume = model_round(quote_volume, 16);
	candle.taker_buy_volume = model_round(bought, 8);
	next = model_next_id(symbol, candle.last_tick_id);
	candle.complete = candle.trades > 0 && model_over(model, symbol, candle.open_time_us) &&
	    (model_has(symbol, candle.first_tick_id - 1) ||
		symbol->whole_id == candle.first_tick_id) &&
	    candle.last_tick_id - candle.first_tick_id + 1 == ids &&
	    (next == INT64_MAX || next == candle.last_tick_id + 1);
	*ret = candle;
}

static inline void
model_fold(struct model *model)
{
	for (struct model_symbol *symbol = model->symbols; symbol < model->symbols + SYMBOLS;
	    symbol++) {
		size_t first = 0, end;

		symbol->candle_count = 0;
		for (; first < symbol->count; first = end) {
			struct candle *candle = &symbol->candles[symbol->candle_count];

			for (end = first; end < symbol->count && symbol->ticks[end].time_us /
				CANDLE_M5_US == symbol->ticks[first].time_us / CANDLE_M5_US;)
				end++;
			model_candle(model, symbol, first, end, candle);
			symbol->candle_count += candle->trades > 0;
		}
	}
}

#endif
