#include "tickd/feed/binance_normalise.h"

#include <errno.h>
#include <stdlib.h>

struct book {
	int64_t bid_e8, ask_e8; /* TICK_NONE: not known, or that side is empty */
	int64_t update_id;	/* the last u seen */
};

struct binance_normaliser {
	const struct symbol_table *symbols;
	enum settings_quotes quotes;
	int64_t newest_us;	      /* exchange time last heard, 0 before the first */
	int64_t newest_heard_at_us; /* monotonic: when that was */
	size_t first, count;
	struct book books[]; /* of the symbols first.. */
};

struct binance_normaliser *
binance_normaliser_create(const struct symbol_table *symbols, size_t first, size_t count,
    enum settings_quotes quotes)
{
	struct binance_normaliser *normaliser =
	    calloc(1, sizeof(*normaliser) + count * sizeof(normaliser->books[0]));

	if (normaliser == NULL)
		return NULL;
	normaliser->symbols = symbols;
	normaliser->quotes = quotes;
	normaliser->first = first;
	normaliser->count = count;
	binance_normaliser_reset(normaliser);
	return normaliser;
}

void
binance_normaliser_free(struct binance_normaliser *normaliser)
{
	free(normaliser);
}

void
binance_normaliser_reset(struct binance_normaliser *normaliser)
{
	for (size_t i = 0; i < normaliser->count; i++)
		normaliser->books[i] = (struct book){TICK_NONE, TICK_NONE, -1};
}

void
binance_normaliser_follow(struct binance_normaliser *normaliser,
    const struct binance_normaliser *before)
{
	normaliser->newest_us = before->newest_us;
	normaliser->newest_heard_at_us = before->newest_heard_at_us;
}

static int
normalise_trade(struct binance_normaliser *normaliser, const struct binance_event *event,
    uint32_t symbol, int64_t now_us, struct tick *ret_tick)
{
	const struct book *book = &normaliser->books[symbol - normaliser->first];
	int64_t event_us = event->event_time_ms * 1000;

	if (event_us > normaliser->newest_us) {
		normaliser->newest_us = event_us;
		normaliser->newest_heard_at_us = now_us;
	}
	*ret_tick = (struct tick){
		.time_us = event->time_ms * 1000,
		.tick_id = event->id,
		.price_e8 = event->price_e8,
		.volume_e8 = event->quantity_e8,
		.bid_e8 = book->bid_e8,
		.ask_e8 = book->ask_e8,
		.flags = TICK_TRADE | (event->buyer_is_maker ? TICK_SELL : 0U),
		.symbol = symbol,
		.trade_count = event->trade_count,
	};
	return 1;
}

static int
normalise_quote(struct binance_normaliser *normaliser, const struct binance_event *event,
    uint32_t symbol, int64_t now_us, struct tick *ret_tick)
{
	struct book *book = &normaliser->books[symbol - normaliser->first];

	if (event->id <= book->update_id)
		return 0;
	book->update_id = event->id;
	book->bid_e8 = event->bid_e8 > 0 ? event->bid_e8 : TICK_NONE;
	book->ask_e8 = event->ask_e8 > 0 ? event->ask_e8 : TICK_NONE;
	/* Before the first trade there is no exchange time to place a quote by. */
	if (normaliser->quotes != QUOTES_ALL || normaliser->newest_us == 0)
		return 0;
	*ret_tick = (struct tick){
		.time_us = normaliser->newest_us + (now_us - normaliser->newest_heard_at_us),
		.tick_id = -event->id,
		.price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE,
		.bid_e8 = book->bid_e8,
		.ask_e8 = book->ask_e8,
		.flags = TICK_QUOTE | TICK_TIME_ESTIMATED,
		.symbol = symbol,
	};
	return 1;
}

int
binance_normalise(struct binance_normaliser *normaliser, const struct binance_event *event,
    int64_t now_monotonic_us, struct tick *ret_tick)
{
	int symbol = symbol_table_find(normaliser->symbols, event->symbol, event->symbol_length);

	if (symbol < 0 || (size_t)symbol < normaliser->first ||
	    (size_t)symbol >= normaliser->first + normaliser->count)
		return -ENOENT;
	if (event->kind == BINANCE_TRADE)
		return normalise_trade(normaliser, event, (uint32_t)symbol, now_monotonic_us,
		    ret_tick);
	return normalise_quote(normaliser, event, (uint32_t)symbol, now_monotonic_us, ret_tick);
}
