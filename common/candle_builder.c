#include "common/candle_builder.h"

#include <assert.h>

void
candle_builder_start(struct candle_builder *builder, int64_t open_time_us)
{
	*builder = (struct candle_builder){.open_time_us = open_time_us};
}

static void
add_first(struct candle_builder *builder, const struct tick *tick, int64_t price_e8)
{
	builder->open_e8 = builder->high_e8 = builder->low_e8 = builder->close_e8 = price_e8;
	builder->first_time_us = builder->last_time_us = tick->time_us;
	builder->open_id = builder->close_id = tick->tick_id;
	builder->first_tick_id = builder->last_tick_id = tick->tick_id;
}

static bool
before(const struct tick *tick, int64_t time_us, int64_t id)
{
	return tick->time_us < time_us || (tick->time_us == time_us && tick->tick_id < id);
}

static void
add_next(struct candle_builder *builder, const struct tick *tick, int64_t price_e8)
{
	if (before(tick, builder->first_time_us, builder->open_id)) {
		builder->first_time_us = tick->time_us;
		builder->open_id = tick->tick_id;
		builder->open_e8 = price_e8;
	}
	if (!before(tick, builder->last_time_us, builder->close_id)) {
		builder->last_time_us = tick->time_us;
		builder->close_id = tick->tick_id;
		builder->close_e8 = price_e8;
	}
	if (price_e8 > builder->high_e8)
		builder->high_e8 = price_e8;
	if (price_e8 < builder->low_e8)
		builder->low_e8 = price_e8;
	if (tick->tick_id < builder->first_tick_id)
		builder->first_tick_id = tick->tick_id;
	if (tick->tick_id > builder->last_tick_id)
		builder->last_tick_id = tick->tick_id;
}

/* What a source of nonsense would make overflow stays at the bound instead. */
static void
sum_add(decimal_sum *sum, decimal_sum more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = DECIMAL_SUM_MAX;
}

static void
add_price(struct candle_builder *builder, const struct tick *tick, int64_t price_e8, int64_t trades)
{
	if (builder->ids == 0)
		add_first(builder, tick, price_e8);
	else
		add_next(builder, tick, price_e8);
	builder->ids++;
	if (__builtin_add_overflow(builder->trades, trades, &builder->trades))
		builder->trades = INT64_MAX;
}

void
candle_builder_add(struct candle_builder *builder, const struct tick *tick)
{
	assert(candle_slot(tick->time_us) == builder->open_time_us);
	if (!(tick->flags & TICK_TRADE))
		return;
	add_price(builder, tick, tick->price_e8, tick->trade_count > 0 ? tick->trade_count : 1);
	sum_add(&builder->volume, tick->volume_e8);
	sum_add(&builder->quote_volume, (decimal_sum)tick->price_e8 * tick->volume_e8);
	if (!(tick->flags & TICK_SELL))
		sum_add(&builder->taker_buy_volume, tick->volume_e8);
}

void
candle_builder_add_bid(struct candle_builder *builder, const struct tick *tick)
{
	assert(candle_slot(tick->time_us) == builder->open_time_us);
	builder->of_bids = true;
	if (tick->bid_e8 != TICK_NONE)
		add_price(builder, tick, tick->bid_e8, 1);
	if (tick->volume_e8 != TICK_NONE)
		sum_add(&builder->volume, tick->volume_e8);
}

bool
candle_builder_contiguous(const struct candle_builder *builder)
{
	return builder->last_tick_id - builder->first_tick_id + 1 == builder->ids;
}

void
candle_builder_candle(const struct candle_builder *builder, struct candle *ret_candle)
{
	*ret_candle = (struct candle){
		.open_time_us = builder->open_time_us,
		.open_e8 = builder->open_e8,
		.high_e8 = builder->high_e8,
		.low_e8 = builder->low_e8,
		.close_e8 = builder->close_e8,
		.volume = decimal_sum_round(builder->volume, DECIMAL_PLACES),
		.quote_volume = decimal_sum_round(builder->quote_volume, 2 * DECIMAL_PLACES),
		.taker_buy_volume = decimal_sum_round(builder->taker_buy_volume, DECIMAL_PLACES),
		.trades = builder->trades,
		.first_tick_id = builder->of_bids ? TICK_NONE : builder->first_tick_id,
		.last_tick_id = builder->of_bids ? TICK_NONE : builder->last_tick_id,
		.origin = CANDLE_TICKS,
	};
}
