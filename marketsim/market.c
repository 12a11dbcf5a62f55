#include "marketsim/market.h"

#include <math.h>

#define TRADES_PER_ORDER ((double)NUMBERING_TRADES / NUMBERING_BLOCK)
#define TICKS_MIN 10	    /* no price below so many ticks */
#define SPREAD_TICKS_MAX 8
#define SIZE_SPREAD 1.6	    /* deviation of log(size) */
#define SIZE_NOTIONAL 150.0 /* median worth of a trade */
#define UPDATES_PER_ORDER 16 /* update ids; not every update is of the best price */

/* About the standard normal quantile: enough to spread sizes. */
static double
normal_quantile(double unit)
{
	return (pow(unit, 0.135) - pow(1 - unit, 0.135)) / 0.1975;
}

static void
symbol_init(struct market_symbol *symbol, const struct instrument *instrument, uint64_t seed,
    double rate)
{
	double slot_seconds = (double)MARKET_SLOT_US / CLOCK_SECOND_US;
	double history = rate < MARKET_HISTORY_RATE ? rate : MARKET_HISTORY_RATE;
	double steps = SIZE_NOTIONAL / instrument->base_price * 1e8 / (double)instrument->step_e8;

	symbol->instrument = instrument;
	symbol->key = chance_at(seed, instrument->key);
	symbol->numbering = (struct numbering){
		.key = chance_mix(symbol->key + 1),
		.live_orders = rate * slot_seconds / TRADES_PER_ORDER,
		.history_orders = history * slot_seconds / TRADES_PER_ORDER,
	};
	/* Far from zero, so that history has ids too, and beyond 32 bits, as real ones are. */
	symbol->first_trade_id = INT64_C(4400000000) + (int64_t)(symbol->key >> 32);
	symbol->first_aggregate_id = symbol->first_trade_id / 10 * 6;
	symbol->first_update_id = symbol->first_trade_id * 12;
	for (int i = 0; i < MARKET_SIZES; i++) {
		double unit = (i + 0.5) / MARKET_SIZES;
		double size = ceil(steps * exp(SIZE_SPREAD * normal_quantile(unit)));

		symbol->sizes_e8[i] = (int64_t)size * instrument->step_e8;
	}
}

void
market_init(struct market *market, uint64_t seed, const struct instrument *instruments, int count,
    double rate, int64_t start_us, int64_t history_us)
{
	market->start_us = start_us;
	market->history_us = history_us;
	market->symbol_count = count;
	market->hole_count = 0;
	for (int i = 0; i < 256; i++)
		market->gaps[i] = -log((i + 0.5) / 256);
	for (int i = 0; i < count; i++)
		symbol_init(&market->symbols[i], &instruments[i], seed, rate / count);
}

void
market_add_hole(struct market *market, int symbol, int64_t first, int64_t last)
{
	int64_t before_first = market->symbols[symbol].first_trade_id - 1;

	market->holes[market->hole_count++] = (struct market_hole){
		.symbol = symbol,
		.first_id = before_first + first,
		.last_id = before_first + last,
	};
}

bool
market_lacks(const struct market *market, int symbol, const struct order *order)
{
	for (int i = 0; i < market->hole_count; i++)
		if (market->holes[i].symbol == symbol &&
		    order->first_trade_id <= market->holes[i].last_id &&
		    order->first_trade_id + order->fills > market->holes[i].first_id)
			return true;
	return false;
}

int64_t
market_slot_at(const struct market *market, int64_t time_us)
{
	int64_t since = time_us - market->start_us;

	return since / MARKET_SLOT_US - (since % MARKET_SLOT_US < 0);
}

static double
price_ticks(const struct instrument *instrument, double log_offset)
{
	double ticks =
	    instrument->base_price * exp(log_offset) * 1e8 / (double)instrument->tick_e8;

	return ticks < TICKS_MIN ? TICKS_MIN : ticks;
}

static int64_t
draw_size(const struct walk *walk, uint64_t bits)
{
	return walk->symbol->sizes_e8[bits & (MARKET_SIZES - 1)];
}

/* New best prices around the middle; most of the time they are one tick apart. */
static void
place_quote(struct walk *walk, uint64_t bits)
{
	int64_t spread = 1;

	for (; (bits & 7) == 7 && spread < SPREAD_TICKS_MAX; bits >>= 3)
		spread++;
	walk->bid = (int64_t)floor(walk->middle) - spread / 2;
	if (walk->bid < 1)
		walk->bid = 1;
	walk->ask = walk->bid + spread;
	walk->quote.bid_e8 = walk->bid * walk->symbol->instrument->tick_e8;
	walk->quote.ask_e8 = walk->ask * walk->symbol->instrument->tick_e8;
	walk->quote.bid_quantity_e8 = 4 * draw_size(walk, bits >> 24);
	walk->quote.ask_quantity_e8 = 4 * draw_size(walk, bits >> 32);
}

void
walk_begin(struct walk *walk, const struct market *market, int symbol, int64_t slot)
{
	const struct market_symbol *of = &market->symbols[symbol];
	bool goes_on = walk->symbol == of && walk->market == market && walk->slot + 1 == slot;
	struct path_point from =
	    goes_on ? walk->target_point : price_path_at(&walk->path, of->key, slot);
	struct path_point to = price_path_at(&walk->path, of->key, slot + 1);

	walk->market = market;
	walk->symbol = of;
	walk->target_point = to;
	walk->slot = slot;
	walk->chance.state = chance_at(of->key + 2, (uint64_t)slot);
	walk->order = numbering_orders_before(&of->numbering, slot);
	walk->end = numbering_orders_before(&of->numbering, slot + 1);
	walk->next_trade = numbering_trades_before(&of->numbering, walk->order);
	walk->fills_block = INT64_MIN;
	walk->time_us = slot * MARKET_SLOT_US;
	walk->middle = price_ticks(of->instrument, from.log_offset);
	walk->target = price_ticks(of->instrument, to.log_offset);
	walk->step = walk->middle * from.volatility /
	    sqrt((double)(walk->end > walk->order ? walk->end - walk->order : 1));
	place_quote(walk, chance_next(&walk->chance));
}

static void
move_time(struct walk *walk, double share, uint64_t bits)
{
	int64_t left = (walk->slot + 1) * MARKET_SLOT_US - 1 - walk->time_us;
	double gap = (double)left * share * walk->market->gaps[bits & 255];

	/* Orders come in bursts: most soon after the last one, the others after a longer while. */
	gap *= (bits >> 8 & 3) != 0 ? 0.2 : 3.4;
	walk->time_us += gap < (double)left / 2 ? (int64_t)gap : left / 2;
}

/* Steps the middle towards where the path stands at the slot's end.  True: the quote moved. */
static bool
move_price(struct walk *walk, double share, uint64_t bits)
{
	walk->middle += (walk->target - walk->middle) * share +
	    walk->step * sqrt(1 - share) * chance_gauss(bits);
	if (walk->middle < TICKS_MIN)
		walk->middle = TICKS_MIN;
	if (walk->middle >= (double)walk->bid && walk->middle <= (double)walk->ask &&
	    (bits & 15) != 0)
		return false;
	place_quote(walk, chance_mix(bits));
	return true;
}

static int
fills_of_next(struct walk *walk)
{
	int64_t block = walk->order >> 4;

	if (block != walk->fills_block) {
		numbering_fills(&walk->symbol->numbering, block, walk->fills);
		walk->fills_block = block;
	}
	return walk->fills[walk->order & (NUMBERING_BLOCK - 1)];
}

/* Takes the fills out of the book's best level; what is left there is the quote afterwards. */
static void
fill_order(struct walk *walk, struct order *order)
{
	int64_t *level = order->buyer_is_maker ? &walk->quote.bid_quantity_e8
					       : &walk->quote.ask_quantity_e8;
	uint64_t bits = chance_next(&walk->chance);

	for (int i = 0; i < order->fills; i++) {
		order->quantity_e8[i] = draw_size(walk, bits);
		*level -= order->quantity_e8[i];
		bits = bits >> 5 | bits << 59;
	}
	if (*level <= 0)
		*level = draw_size(walk, bits);
}

bool
walk_next(struct walk *walk, struct order *ret)
{
	const struct market_symbol *symbol = walk->symbol;
	uint64_t bits;
	double share;

	if (walk->order >= walk->end)
		return false;
	share = 1 / (double)(walk->end - walk->order);
	bits = chance_next(&walk->chance);
	move_time(walk, share, bits);
	ret->time_us = walk->market->start_us + walk->time_us;
	ret->quote_moved = move_price(walk, share, chance_next(&walk->chance)) ||
	    (bits >> 60) < 5;
	ret->aggregate_id = symbol->first_aggregate_id + walk->order;
	ret->first_trade_id = symbol->first_trade_id + walk->next_trade;
	ret->fills = fills_of_next(walk);
	ret->before = walk->quote;
	ret->before.update_id = symbol->first_update_id + walk->order * UPDATES_PER_ORDER +
	    (int64_t)(bits >> 16 & 7);
	/* Orders lean the way that the price is going. */
	ret->buyer_is_maker =
	    chance_unit(bits << 20) < (walk->target < walk->middle ? 0.56 : 0.44);
	ret->price_e8 = ret->buyer_is_maker ? walk->quote.bid_e8 : walk->quote.ask_e8;
	fill_order(walk, ret);
	ret->after = walk->quote;
	ret->after.update_id = ret->before.update_id + 8;
	walk->next_trade += ret->fills;
	walk->order++;
	return true;
}

void
walk_follow(struct walk *walk, struct order *ret)
{
	int symbol = (int)(walk->symbol - walk->market->symbols);

	while (!walk_next(walk, ret))
		walk_begin(walk, walk->market, symbol, walk->slot + 1);
}

void
order_truncate(struct order *order, int64_t last_trade_id)
{
	int64_t fills = last_trade_id - order->first_trade_id + 1;

	if (fills < order->fills)
		order->fills = fills > 0 ? (int)fills : 0;
}
