#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/scenario/exchange.h"
#include "tests/scenario/outside.h"

struct exchange exchange;

void
exchange_reset(void)
{
	for (size_t i = 0; i < exchange.count; i++)
		free(exchange.markets[i].trades);
	exchange = (struct exchange){.status = 200, .weight_limit = 6000};
}

struct market *
exchange_market(const char *name, size_t length)
{
	struct market *market;

	for (size_t i = 0; i < exchange.count; i++)
		if (strlen(exchange.markets[i].name) == length &&
		    strncmp(exchange.markets[i].name, name, length) == 0)
			return &exchange.markets[i];
	if (exchange.count == SYMBOLS_MAX || length >= sizeof(market->name))
		scenario_fail("too many symbols, or too long a name");
	market = &exchange.markets[exchange.count++];
	*market = (struct market){.next_id = 1000};
	memcpy(market->name, name, length);
	return market;
}

const struct trade *
market_trade(const struct market *market, int64_t id)
{
	int64_t first = market->count == 0 ? 0 : market->trades[0].id;

	if (id < first || id >= first + (int64_t)market->count)
		return NULL;
	return &market->trades[id - first];
}

/* Prices and quantities are any function of the id that does not repeat soon. */
void
market_make(struct market *market, int64_t at_ms, bool on_streams)
{
	int64_t id = market->next_id++;
	struct trade *trade;

	if (market->count == market->room) {
		market->room = market->room == 0 ? 64 : 2 * market->room;
		market->trades = realloc(market->trades, market->room * sizeof(*market->trades));
		if (market->trades == NULL)
			scenario_fail("out of memory");
	}
	trade = &market->trades[market->count++];
	*trade = (struct trade){
		.id = id,
		.time_ms = at_ms != 0 ? at_ms : outside_exchange_us() / CLOCK_MS_US,
		.price_e8 = INT64_C(10000000000) + id * 7919 % 1000003 * 100,
		.quantity_e8 = 1000 + id * 104729 % 9999991,
		.sell = id % 3 == 0,
	};
	if (on_streams && !market->dropped)
		exchange_deliver(market, trade, 0);
}
