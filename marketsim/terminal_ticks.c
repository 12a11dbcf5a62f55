#include "marketsim/terminal_ticks.h"

#include <math.h>
#include <string.h>

/* Ticks of the symbol before the slot: never falls as the slot grows. */
static int64_t
ticks_before(const struct terminal_market *market, int64_t slot)
{
	double slot_seconds = (double)MARKET_SLOT_US / CLOCK_SECOND_US;

	return (int64_t)floor((double)slot * market->rate * slot_seconds);
}

static int64_t
slot_begin(const struct tick_walk *walk)
{
	return walk->market->start_us + walk->slot * MARKET_SLOT_US;
}

/* The leader's next order; its price holds from then on. */
static void
look_ahead(struct tick_walk *walk)
{
	walk->middle = walk->leader.middle;
	walk->order_waits = walk_next(&walk->leader, &walk->order);
}

static void
begin_slot(struct tick_walk *walk, int64_t slot)
{
	const struct terminal_market *market = walk->market;
	const struct terminal_leader *leader = &market->leaders[walk->symbol];

	walk->slot = slot;
	walk->next = 0;
	walk->count = ticks_before(market, slot + 1) - ticks_before(market, slot);
	walk->stride = walk->thin && walk->count > TERMINAL_THIN ? walk->count / TERMINAL_THIN : 1;
	walk->key = chance_at(market->keys[walk->symbol], (uint64_t)slot);
	walk->distance = terminal_market_distance(market, walk->symbol, slot);
	walk->bid_e8 = walk->ask_e8 = 0;
	walk_begin(&walk->leader, leader->market, leader->symbol, slot);
	look_ahead(walk);
}

/* Its share of the slot is [n/count, (n + 1)/count). */
static int64_t
time_of(const struct tick_walk *walk, int64_t n, uint64_t bits)
{
	int64_t within_us = (int64_t)(chance_unit(bits) * (double)MARKET_SLOT_US);
	int64_t time_us = slot_begin(walk) + (n * MARKET_SLOT_US + within_us) / walk->count;

	return time_us - time_us % CLOCK_MS_US;
}

/* The leader's price at that time, as the broker has it. */
static double
price_at(struct tick_walk *walk, int64_t time_us)
{
	const struct terminal_leader *leader = &walk->market->leaders[walk->symbol];
	const struct instrument *of = leader->market->symbols[leader->symbol].instrument;

	while (walk->order_waits && walk->order.time_us <= time_us)
		look_ahead(walk);
	return leader->base_price + walk->distance +
	    leader->share * (walk->middle * (double)of->tick_e8 / 1e8 - leader->base_price);
}

/* Bid and ask around the price.  The spread's last bit changes every time: each tick is news. */
static void
place_prices(const struct tick_walk *walk, int64_t n, uint64_t bits, double price,
    struct terminal_tick *tick)
{
	const struct terminal_symbol *of = &walk->market->symbols[walk->symbol];
	int64_t shift = (int64_t)(bits % (uint64_t)(of->spread / 4 + 1)) - of->spread / 8;
	int64_t wider = (int64_t)(bits >> 24 & 0xff) * (of->spread / 8) / 256;
	int64_t bid = (int64_t)llround(price * 1e8 / (double)of->point_e8) - of->spread / 2 + shift;

	tick->bid_e8 = (bid < 1 ? 1 : bid) * of->point_e8;
	tick->ask_e8 = tick->bid_e8 + (of->spread + (n & 1) + 2 * wider) * of->point_e8;
}

static void
make_tick(struct tick_walk *walk, struct terminal_tick *tick)
{
	uint64_t bits = chance_at(walk->key, (uint64_t)walk->next);

	tick->time_us = time_of(walk, walk->next, bits);
	place_prices(walk, walk->next, bits, price_at(walk, tick->time_us), tick);
	tick->flags = (tick->bid_e8 != walk->bid_e8 ? TERMINAL_FLAG_BID : 0) |
	    (tick->ask_e8 != walk->ask_e8 ? TERMINAL_FLAG_ASK : 0) |
	    ((bits >> 40 & 63) == 0 ? TERMINAL_FLAG_OTHER : 0);
	tick->place = tick->time_us == walk->last_us ? walk->last_place + 1 : 0;
	walk->last_us = tick->time_us;
	walk->last_place = tick->place;
	walk->bid_e8 = tick->bid_e8;
	walk->ask_e8 = tick->ask_e8;
	walk->next += walk->stride;
}

void
tick_walk_begin(struct tick_walk *walk, const struct terminal_market *market, int symbol,
    int64_t time_us, bool thin)
{
	struct terminal_tick before;
	int64_t ms_us = time_us - time_us % CLOCK_MS_US, slot, first;

	memset(walk, 0, sizeof(*walk));
	walk->market = market;
	walk->symbol = symbol;
	walk->thin = thin;
	walk->last_us = INT64_MIN;
	/* Ticks are cut to milliseconds: one of the slot before may be in this one. */
	slot = (ms_us - market->start_us) / MARKET_SLOT_US;
	slot -= (ms_us - market->start_us) % MARKET_SLOT_US < 0;
	begin_slot(walk, slot);
	/* Ticks before this one are of an earlier time; the last of them says what is new. */
	first = (ms_us - slot_begin(walk)) * walk->count / MARKET_SLOT_US / walk->stride *
	    walk->stride;
	walk->next = first >= walk->stride ? first - walk->stride : 0;
	while (walk->next < walk->count) {
		struct tick_walk here = *walk;

		make_tick(walk, &before);
		if (before.time_us >= time_us) {
			*walk = here;
			break;
		}
	}
}

void
tick_walk_next(struct tick_walk *walk, struct terminal_tick *ret)
{
	int64_t open_us;

	while (true) {
		while (walk->next >= walk->count)
			begin_slot(walk, walk->slot + 1);
		make_tick(walk, ret);
		if (!terminal_clock_closed(&walk->market->clock, ret->time_us, &open_us))
			return;
		tick_walk_begin(walk, walk->market, walk->symbol, open_us, walk->thin);
	}
}
