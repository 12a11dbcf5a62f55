#include "marketsim/market_history.h"

#include <string.h>

static int64_t
oldest(void *object, int symbol)
{
	const struct market_history *history = object;
	const struct market *market = history->market;
	const struct market_symbol *of = &market->symbols[symbol];
	int64_t slot = -(market->history_us / MARKET_SLOT_US);

	return of->first_trade_id +
	    numbering_trades_before(&of->numbering,
		numbering_orders_before(&of->numbering, slot));
}

static int64_t
newest(void *object, int symbol)
{
	const struct market_history *history = object;

	return history->newest_trade[symbol];
}

static int64_t
at_time(void *object, int symbol, int64_t time_us)
{
	struct market_history *history = object;
	struct walk walk = { 0 };
	struct order order;

	walk_begin(&walk, history->market, symbol, market_slot_at(history->market, time_us));
	while (walk_next(&walk, &order))
		if (order.time_us >= time_us)
			return order.first_trade_id;
	return walk.symbol->first_trade_id + walk.next_trade;
}

static int64_t
of_aggregate(void *object, int symbol, int64_t aggregate_id)
{
	const struct market_history *history = object;
	const struct market_symbol *of = &history->market->symbols[symbol];

	return of->first_trade_id +
	    numbering_trades_before(&of->numbering, aggregate_id - of->first_aggregate_id);
}

/* Leaves history->order at the order that holds `id`. */
static void
walk_to(struct market_history *history, int symbol, int64_t id)
{
	const struct market_symbol *of = &history->market->symbols[symbol];
	bool goes_on = history->walking && history->walk.symbol == of &&
	    id >= history->order.first_trade_id &&
	    id <= history->order.first_trade_id + history->order.fills;

	if (!goes_on) {
		int64_t order = numbering_order_of(&of->numbering, id - of->first_trade_id);

		walk_begin(&history->walk, history->market, symbol,
		    numbering_slot_of(&of->numbering, order));
		walk_follow(&history->walk, &history->order);
		history->walking = true;
	}
	while (id >= history->order.first_trade_id + history->order.fills)
		walk_follow(&history->walk, &history->order);
}

int64_t
market_history_before(struct market_history *history, int symbol, int64_t id)
{
	do {
		walk_to(history, symbol, id - 1);
		if (!market_lacks(history->market, symbol, &history->order))
			return id - 1;
		id = history->order.first_trade_id;
	} while (true);
}

static int
read_trades(void *object, int symbol, int64_t id, struct trade *trades, int max)
{
	struct market_history *history = object;
	const struct order *order = &history->order;
	int count = 0;

	while (count < max && id <= history->newest_trade[symbol]) {
		walk_to(history, symbol, id);
		if (market_lacks(history->market, symbol, order)) {
			id = order->first_trade_id + order->fills;
			continue;
		}
		while (count < max && id < order->first_trade_id + order->fills &&
		    id <= history->newest_trade[symbol]) {
			trades[count++] = (struct trade){
				.id = id,
				.aggregate_id = order->aggregate_id,
				.time_us = order->time_us,
				.price_e8 = order->price_e8,
				.quantity_e8 = order->quantity_e8[id - order->first_trade_id],
				.buyer_is_maker = order->buyer_is_maker,
			};
			id++;
		}
	}
	return count;
}

static int64_t
now(void *object)
{
	const struct market_history *history = object;

	return history->now_us;
}

void
market_history_init(struct market_history *history, const struct market *market,
    const struct instrument *instruments)
{
	memset(history, 0, sizeof(*history));
	history->market = market;
	history->instruments = instruments;
	history->now_us = market->start_us;
	for (int i = 0; i < market->symbol_count; i++)
		history->newest_trade[i] = market->symbols[i].first_trade_id - 1;
}

struct trade_source
market_history_source(struct market_history *history)
{
	return (struct trade_source){
		.instruments = history->instruments,
		.count = history->market->symbol_count,
		.object = history,
		.oldest = oldest,
		.newest = newest,
		.at_time = at_time,
		.of_aggregate = of_aggregate,
		.read = read_trades,
		.now = now,
	};
}
