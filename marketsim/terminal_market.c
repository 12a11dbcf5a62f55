#include "marketsim/terminal_market.h"

#include <math.h>
#include <string.h>

#define OWN_RATE 4.0 /* steps a second and symbol that walks on its own */
#define TURN 6.283185307179586

/* The exchange's symbol that it follows, or -1. */
static int
find_leader(const struct market *exchange, const char *name)
{
	for (int i = 0; i < exchange->symbol_count; i++)
		if (strcmp(exchange->symbols[i].instrument->name, name) == 0)
			return i;
	return -1;
}

static void
choose_leader(struct terminal_market *market, int symbol, const struct market *exchange)
{
	const struct terminal_symbol *of = &market->symbols[symbol];
	int leader = find_leader(exchange, of->follows);

	if (leader >= 0)
		market->leaders[symbol] = (struct terminal_leader){
			.market = exchange,
			.symbol = leader,
			.base_price = exchange->symbols[leader].instrument->base_price,
			.share = 1,
		};
	else
		market->leaders[symbol] = (struct terminal_leader){
			.market = &market->own,
			.symbol = symbol,
			.base_price = market->instruments[symbol].base_price,
			.share = of->share,
		};
}

void
terminal_market_init(struct terminal_market *market, const struct terminal_symbol *symbols,
    int count, const struct terminal_clock *clock, double rate, uint64_t seed,
    const struct market *exchange)
{
	struct problem ignored; /* the names are good: they have been read as an option */

	memset(market, 0, sizeof(*market));
	market->count = count;
	market->rate = rate / count;
	market->start_us = exchange->start_us;
	market->history_us = exchange->history_us;
	market->clock = *clock;
	memcpy(market->symbols, symbols, (size_t)count * sizeof(*symbols));
	for (int i = 0; i < count; i++) {
		struct instrument *instrument = &market->instruments[i];

		if (instrument_init(instrument, symbols[i].name, strlen(symbols[i].name),
			&ignored) == 0 &&
		    symbols[i].base_price > 0)
			instrument_set_price(instrument, symbols[i].base_price);
		market->keys[i] = chance_at(seed ^ UINT64_C(0x6d7435), instrument->key);
	}
	market_init(&market->own, seed, market->instruments, count, OWN_RATE * count,
	    exchange->start_us, exchange->history_us);
	for (int i = 0; i < count; i++)
		choose_leader(market, i, exchange);
}

int
terminal_market_find(const struct terminal_market *market, const char *name)
{
	for (int i = 0; i < market->count; i++)
		if (strcmp(market->symbols[i].name, name) == 0)
			return i;
	return -1;
}

double
terminal_market_distance(const struct terminal_market *market, int symbol, int64_t slot)
{
	int64_t time_us = market->start_us + slot * MARKET_SLOT_US;
	double phase = (double)(time_us % TERMINAL_DRIFT_US) / (double)TERMINAL_DRIFT_US;

	return market->leaders[symbol].base_price *
	    (TERMINAL_DISTANCE + TERMINAL_DRIFT * sin(TURN * phase));
}
