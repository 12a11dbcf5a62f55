#include "marketsim/terminal_positions.h"

#include <errno.h>
#include <string.h>

void
terminal_positions_init(struct terminal_positions *positions,
    const struct terminal_market *market)
{
	memset(positions, 0, sizeof(*positions));
	positions->market = market;
	positions->balance_e8 = TERMINAL_BALANCE_E8;
}

/* Where the ticket stands, or would stand. */
static int
place_of(const struct terminal_positions *positions, int64_t ticket)
{
	int at = positions->count;

	while (at > 0 && positions->open[at - 1].ticket >= ticket)
		at--;
	return at;
}

struct terminal_position *
terminal_positions_find(struct terminal_positions *positions, int64_t ticket)
{
	int at = place_of(positions, ticket);

	if (at == positions->count || positions->open[at].ticket != ticket)
		return NULL;
	return &positions->open[at];
}

int
terminal_positions_open(struct terminal_positions *positions,
    const struct terminal_position *position)
{
	int at = place_of(positions, position->ticket);

	if (positions->count == TERMINAL_POSITIONS_MAX)
		return -ENOSPC;
	if (at < positions->count && positions->open[at].ticket == position->ticket)
		return -EEXIST;
	memmove(&positions->open[at + 1], &positions->open[at],
	    (size_t)(positions->count - at) * sizeof(*positions->open));
	positions->open[at] = *position;
	positions->count++;
	positions->changes++;
	return 0;
}

static void
forget(struct terminal_positions *positions, struct terminal_position *position)
{
	size_t behind = (size_t)(positions->open + positions->count - position - 1);

	memmove(position, position + 1, behind * sizeof(*position));
	positions->count--;
}

int64_t
terminal_position_price(const struct terminal_position *position, const struct terminal_tick *tick)
{
	return position->sell ? tick->ask_e8 : tick->bid_e8;
}

int64_t
terminal_position_profit(const struct terminal_market *market,
    const struct terminal_position *position, int64_t price_e8)
{
	int64_t move_e8 = price_e8 - position->price_open_e8;

	return terminal_symbol_profit(&market->symbols[position->symbol],
	    position->sell ? -move_e8 : move_e8, position->volume_e8);
}

int64_t
terminal_positions_close(struct terminal_positions *positions, struct terminal_position *position,
    int64_t volume_e8, const char *reason)
{
	const struct terminal_tick *tick = &positions->current[position->symbol];
	struct terminal_position part = *position;
	int64_t price_e8 = terminal_position_price(position, tick), profit_e8;

	part.volume_e8 = volume_e8;
	profit_e8 = terminal_position_profit(positions->market, &part, price_e8);
	positions->balance_e8 += profit_e8;
	positions->changes++;
	if (volume_e8 < position->volume_e8) {
		position->volume_e8 -= volume_e8;
		return price_e8;
	}
	positions->deals[positions->deal_count++ % TERMINAL_DEALS_MAX] = (struct terminal_deal){
		.ticket = position->ticket,
		.time_us = tick->time_us,
		.price_e8 = price_e8,
		.profit_e8 = profit_e8,
		.reason = reason,
	};
	forget(positions, position);
	return price_e8;
}

void
terminal_positions_modify(struct terminal_positions *positions,
    struct terminal_position *position, int64_t stop_loss_e8, int64_t take_profit_e8)
{
	position->stop_loss_e8 = stop_loss_e8;
	position->take_profit_e8 = take_profit_e8;
	positions->changes++;
}

const char *
terminal_position_end(const struct terminal_position *position, const struct terminal_tick *tick)
{
	int64_t price_e8 = terminal_position_price(position, tick);
	int64_t sign = position->sell ? -1 : 1;

	if (position->stop_loss_e8 != 0 && sign * (price_e8 - position->stop_loss_e8) <= 0)
		return "sl";
	if (position->take_profit_e8 != 0 && sign * (price_e8 - position->take_profit_e8) >= 0)
		return "tp";
	if (position->leaves_us != 0 && tick->time_us >= position->leaves_us)
		return "client";
	return NULL;
}

void
terminal_positions_tick(struct terminal_positions *positions, int symbol,
    const struct terminal_tick *tick)
{
	positions->current[symbol] = *tick;
	for (int i = positions->count - 1; i >= 0; i--) {
		struct terminal_position *position = &positions->open[i];
		const char *reason =
		    position->symbol == symbol ? terminal_position_end(position, tick) : NULL;

		if (reason != NULL)
			terminal_positions_close(positions, position, position->volume_e8, reason);
	}
}

int64_t
terminal_positions_equity_e8(const struct terminal_positions *positions)
{
	int64_t equity_e8 = positions->balance_e8;

	for (int i = 0; i < positions->count; i++) {
		const struct terminal_position *position = &positions->open[i];
		const struct terminal_tick *tick = &positions->current[position->symbol];

		equity_e8 += terminal_position_profit(positions->market, position,
		    terminal_position_price(position, tick));
	}
	return equity_e8;
}

const struct terminal_deal *
terminal_positions_deal(const struct terminal_positions *positions, int64_t ticket)
{
	int64_t oldest = positions->deal_count - TERMINAL_DEALS_MAX;

	for (int64_t n = positions->deal_count - 1; n >= 0 && n >= oldest; n--)
		if (positions->deals[n % TERMINAL_DEALS_MAX].ticket == ticket)
			return &positions->deals[n % TERMINAL_DEALS_MAX];
	return NULL;
}
