#include "marketsim/feed.h"

#include <string.h>

/* The next order of the symbol that comes no earlier than begin_us. */
static void
begin_symbol(struct feed *feed, int symbol, int64_t begin_us)
{
	struct walk *walk = &feed->walks[symbol];
	struct order *order = &feed->orders[symbol];

	walk_begin(walk, feed->market, symbol, market_slot_at(feed->market, begin_us));
	do
		walk_follow(walk, order);
	while (order->time_us < begin_us);
	feed->history->newest_trade[symbol] =
	    market_history_before(feed->history, symbol, order->first_trade_id);
}

void
feed_init(struct feed *feed, const struct market *market, struct market_history *history,
    struct ring *ring, int64_t begin_us, int64_t trades)
{
	memset(feed, 0, sizeof(*feed));
	feed->market = market;
	feed->history = history;
	feed->ring = ring;
	feed->trades_left = trades > 0 ? trades : INT64_MAX;
	history->now_us = begin_us;
	for (int i = 0; i < market->symbol_count; i++)
		begin_symbol(feed, i, begin_us);
}

static int
next_symbol(const struct feed *feed)
{
	int next = 0;

	for (int i = 1; i < feed->market->symbol_count; i++)
		if (feed->orders[i].time_us < feed->orders[next].time_us)
			next = i;
	return next;
}

int64_t
feed_next_time(const struct feed *feed)
{
	return feed->trades_left > 0 ? feed->orders[next_symbol(feed)].time_us : INT64_MAX;
}

static void
publish_quote(struct feed *feed, int symbol, const struct quote *quote)
{
	int stream = symbol * STREAM_KINDS + STREAM_BOOK_TICKER;
	size_t length, data;

	feed->frames++;
	if (feed->listeners[stream] == 0)
		return;
	length = frame_book_ticker(ring_reserve(feed->ring),
	    feed->market->symbols[symbol].instrument, quote, &data);
	ring_commit(feed->ring, length, (uint16_t)stream, (uint16_t)data);
}

static void
publish_trades(struct feed *feed, int symbol, const struct order *order, int64_t event_ms)
{
	int stream = symbol * STREAM_KINDS + STREAM_TRADE;
	size_t length, data;

	feed->frames += order->fills;
	if (feed->listeners[stream] == 0)
		return;
	for (int i = 0; i < order->fills; i++) {
		struct trade trade = {
			.id = order->first_trade_id + i,
			.time_us = order->time_us,
			.price_e8 = order->price_e8,
			.quantity_e8 = order->quantity_e8[i],
			.buyer_is_maker = order->buyer_is_maker,
		};

		length = frame_trade(ring_reserve(feed->ring),
		    feed->market->symbols[symbol].instrument, &trade, event_ms, &data);
		ring_commit(feed->ring, length, (uint16_t)stream, (uint16_t)data);
	}
}

static void
publish_aggregate(struct feed *feed, int symbol, const struct order *order, int64_t event_ms)
{
	int stream = symbol * STREAM_KINDS + STREAM_AGG_TRADE;
	size_t length, data;

	if (feed->listeners[stream] == 0)
		return;
	length = frame_agg_trade(ring_reserve(feed->ring),
	    feed->market->symbols[symbol].instrument, order, event_ms, &data);
	ring_commit(feed->ring, length, (uint16_t)stream, (uint16_t)data);
}

static void
publish_next(struct feed *feed)
{
	int symbol = next_symbol(feed);
	struct order *order = &feed->orders[symbol];
	/* The event is made a moment after the trade, in the same or the next millisecond. */
	int64_t event_ms = order->time_us / CLOCK_MS_US + (order->aggregate_id & 1);

	if (market_lacks(feed->market, symbol, order)) {
		walk_follow(&feed->walks[symbol], order);
		return;
	}
	if (order->fills > feed->trades_left)
		order_truncate(order, order->first_trade_id + feed->trades_left - 1);
	feed->trades_left -= feed->trades_left == INT64_MAX ? 0 : order->fills;
	if (order->quote_moved)
		publish_quote(feed, symbol, &order->before);
	publish_trades(feed, symbol, order, event_ms);
	publish_aggregate(feed, symbol, order, event_ms);
	publish_quote(feed, symbol, &order->after);
	feed->made[symbol] += order->fills;
	feed->history->newest_trade[symbol] = order->first_trade_id + order->fills - 1;
	if (feed->history->now_us < order->time_us)
		feed->history->now_us = order->time_us;
	walk_follow(&feed->walks[symbol], order);
}

void
feed_publish_until(struct feed *feed, int64_t time_us)
{
	while (feed_next_time(feed) <= time_us)
		publish_next(feed);
	if (feed->history->now_us < time_us)
		feed->history->now_us = time_us;
}

void
feed_publish_frames(struct feed *feed, int64_t frames)
{
	while (feed->frames < frames && feed->trades_left > 0)
		publish_next(feed);
}
