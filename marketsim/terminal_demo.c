#include "marketsim/terminal_demo.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_MOVE 0.03 /* of a crypto market's price: the path's volatility over a day */
#define SPREADS_MIN 3 /* between the price and a stop */
#define LOOK_BACK_US (60 * CLOCK_SECOND_US) /* for a current price at the start */

/* Tickets are twice the millisecond of the opening; those of orders one more. */
static int64_t
ticket_of(int64_t time_us)
{
	return time_us / CLOCK_MS_US * 2;
}

int64_t
terminal_ticket_of_order(int64_t time_us)
{
	return ticket_of(time_us) + 1;
}

/* The number of the first position of the symbol that is due at or after the time. */
static int64_t
first_number(const struct terminal_demo *demo, int symbol, int64_t time_us)
{
	int64_t number = (time_us + demo->interval_us - 1) / demo->interval_us;
	int64_t count = demo->market->count;

	return number + (symbol - number % count + count) % count;
}

/* The position of that number, opened by the first tick from when it is due. */
static struct terminal_position
make_position(const struct terminal_demo *demo, int symbol, int64_t number,
    const struct terminal_tick *tick)
{
	const struct terminal_market *market = demo->market;
	const struct terminal_symbol *of = &market->symbols[symbol];
	const struct terminal_leader *leader = &market->leaders[symbol];
	uint64_t bits = chance_at(market->keys[symbol] + 1, (uint64_t)number);
	double days = DEMO_INTERVALS * (double)demo->interval_us / (double)CLOCK_DAY_US;
	double move = leader->base_price * leader->share * DAY_MOVE * sqrt(days) *
	    (0.25 + 0.5 * chance_unit(bits));
	int64_t least = of->stops_level + SPREADS_MIN * of->spread;
	int64_t stop = (int64_t)(move * 1e8 / (double)of->point_e8);
	struct terminal_position position = {
		.ticket = ticket_of(tick->time_us),
		.symbol = symbol,
		.sell = (bits & 1) != 0,
		.volume_e8 = of->volume_min_e8 * (int64_t)(5 + 5 * (bits >> 1 & 3)),
		.opened_us = tick->time_us,
		.leaves_us = tick->time_us + DEMO_INTERVALS * demo->interval_us,
		.comment = "demo",
	};
	int64_t sign = position.sell ? -1 : 1;

	stop = (stop > least ? stop : least) * of->point_e8;
	position.price_open_e8 = position.sell ? tick->bid_e8 : tick->ask_e8;
	position.stop_loss_e8 = position.price_open_e8 - sign * stop;
	position.take_profit_e8 = position.price_open_e8 + sign * stop * (int64_t)(1 + (bits >> 3 & 1));
	return position;
}

/* The symbol's next tick has come. */
static void
take_tick(struct terminal_demo *demo, struct terminal_positions *positions, int symbol)
{
	const struct terminal_tick *tick = &demo->ticks[symbol];

	terminal_positions_tick(positions, symbol, tick);
	if (demo->interval_us > 0 && demo->next[symbol] * demo->interval_us <= tick->time_us) {
		struct terminal_position position =
		    make_position(demo, symbol, demo->next[symbol], tick);

		demo->refused += terminal_positions_open(positions, &position) < 0;
		demo->next[symbol] = first_number(demo, symbol, tick->time_us + 1);
	}
	tick_walk_next(&demo->walks[symbol], &demo->ticks[symbol]);
}

void
terminal_demo_advance(struct terminal_demo *demo, struct terminal_positions *positions,
    int64_t now_us)
{
	for (int i = 0; i < demo->market->count; i++)
		while (demo->ticks[i].time_us <= now_us)
			take_tick(demo, positions, i);
}

void
terminal_demo_init(struct terminal_demo *demo, struct terminal_positions *positions,
    int64_t interval_us, int64_t now_us)
{
	/* What was due before has left; one more interval, for a first tick that came late. */
	int64_t from_us = now_us - (DEMO_INTERVALS + 1) * interval_us - LOOK_BACK_US;

	memset(demo, 0, sizeof(*demo));
	demo->market = positions->market;
	demo->interval_us = interval_us;
	for (int i = 0; i < demo->market->count; i++) {
		if (interval_us > 0)
			demo->next[i] = first_number(demo, i, from_us);
		tick_walk_begin(&demo->walks[i], demo->market, i, from_us, true);
		tick_walk_next(&demo->walks[i], &demo->ticks[i]);
	}
	terminal_demo_advance(demo, positions, now_us);
	positions->balance_e8 = TERMINAL_BALANCE_E8;
}

bool
terminal_demo_fate(const struct terminal_demo *demo, int64_t ticket, int64_t now_us,
    struct terminal_deal *ret)
{
	int64_t opened_us = ticket / 2 * CLOCK_MS_US, number;
	struct terminal_position position;
	struct terminal_tick tick;
	struct tick_walk walk;
	int symbol;

	if (demo->interval_us == 0 || ticket <= 0 || ticket % 2 != 0 || opened_us > now_us)
		return false;
	number = opened_us / demo->interval_us;
	symbol = (int)(number % demo->market->count);
	tick_walk_begin(&walk, demo->market, symbol, number * demo->interval_us, true);
	tick_walk_next(&walk, &tick);
	position = make_position(demo, symbol, number, &tick);
	if (position.ticket != ticket)
		return false;
	for (tick_walk_next(&walk, &tick); tick.time_us <= now_us; tick_walk_next(&walk, &tick)) {
		const char *reason = terminal_position_end(&position, &tick);
		int64_t price_e8 = terminal_position_price(&position, &tick);

		if (reason != NULL) {
			*ret = (struct terminal_deal){ ticket, tick.time_us, price_e8,
				terminal_position_profit(demo->market, &position, price_e8),
				reason };
			return true;
		}
	}
	return false;
}
