/*
 * Trades of several symbols over several slots, and the way in which a bad network would deliver
 * them: doubled, out of order, lost for ever, lost and brought later.  All by chance of one seed.
 */
#ifndef TESTS_UNIT_TICKD_DELIVERIES_H
#define TESTS_UNIT_TICKD_DELIVERIES_H

#include "common/candle.h"
#include "common/tick.h"
#include "tests/unit/common/scratch.h"

#define SYMBOLS 4
#define SLOTS 8
#define FIRST_US (INT64_C(5744000) * CANDLE_M5_US) /* a slot's start in 2024 */
#define TICKS_MAX 6000

struct deliveries {
	struct tick ticks[TICKS_MAX];
	size_t count;
	uint64_t chance;
};

static inline void
deliver(struct deliveries *deliveries, const struct tick *tick)
{
	assert_true(deliveries->count < TICKS_MAX);
	deliveries->ticks[deliveries->count++] = *tick;
}

static inline struct tick
trade_at(uint32_t symbol, int64_t id, int64_t time_us, uint64_t *chance)
{
	bool sold = chance_below(chance, 2) == 0;

	return (struct tick){
		.time_us = time_us,
		.tick_id = id,
		.price_e8 = 1 + chance_below(chance, INT64_C(10000000000000)),
		.volume_e8 = 1 + (int64_t)(chance_next(chance) >> (2 + chance_below(chance, 60))),
		.bid_e8 = chance_below(chance, 9) == 0 ? TICK_NONE : chance_below(chance, 1000),
		.ask_e8 = chance_below(chance, 9) == 0 ? TICK_NONE : chance_below(chance, 1000),
		.flags = TICK_TRADE | (sold ? TICK_SELL : 0U),
		.symbol = symbol,
		.trade_count = chance_below(chance, 3) == 0 ? 1 + chance_below(chance, 50) : 0,
	};
}

static inline struct tick
quote_at(uint32_t symbol, int64_t update_id, int64_t time_us)
{
	return (struct tick){
		.time_us = time_us,
		.tick_id = -update_id,
		.price_e8 = TICK_NONE,
		.volume_e8 = TICK_NONE,
		.bid_e8 = update_id,
		.ask_e8 = TICK_NONE,
		.flags = TICK_QUOTE | TICK_TIME_ESTIMATED,
		.symbol = symbol,
	};
}

/* One symbol's trades in the order of their ids and times; now and then a quote, a quiet slot. */
static inline size_t
make_symbol(struct tick *ticks, size_t room, uint32_t symbol, uint64_t *chance)
{
	int64_t id = 1 + chance_below(chance, 1000000), update_id = 1;
	int64_t pace_us = SLOTS * CANDLE_M5_US / (int64_t)room;
	int64_t time_us = FIRST_US + chance_below(chance, CANDLE_M5_US);
	size_t count = 0;

	while (count < room && time_us < FIRST_US + SLOTS * CANDLE_M5_US) {
		if (chance_below(chance, 12) == 0)
			ticks[count++] = quote_at(symbol, update_id++, time_us);
		else
			ticks[count++] = trade_at(symbol, id++, time_us, chance);
		if (chance_below(chance, 4) != 0) /* else in the same microsecond */
			time_us += chance_below(chance, 4 * pace_us);
		if (chance_below(chance, 150) == 0)
			time_us += CANDLE_M5_US + chance_below(chance, CANDLE_M5_US);
	}
	return count;
}

static inline int
compare_times(const void *left, const void *right)
{
	const struct tick *a = left, *b = right;

	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	if (a->symbol != b->symbol)
		return a->symbol < b->symbol ? -1 : 1;
	return (a->tick_id > b->tick_id) - (a->tick_id < b->tick_id);
}

/* Moves the tick at `from` to `to`; those between go one place towards where it was. */
static inline void
move_tick(struct tick *ticks, size_t from, size_t to)
{
	struct tick moved = ticks[from];
	int64_t step = from < to ? 1 : -1;

	for (; from != to; from += (size_t)step)
		ticks[from] = ticks[(int64_t)from + step];
	ticks[to] = moved;
}

/* `early`: whether a symbol's first tick may come after later ones. */
static inline void
spoil(struct deliveries *deliveries, bool early, const size_t *firsts)
{
	uint64_t *chance = &deliveries->chance;
	size_t count = deliveries->count;
	struct tick *ticks = deliveries->ticks;

	for (size_t i = 0; i < count; i++) {
		int64_t what = chance_below(chance, 100);
		bool first = !early && ticks[i].tick_id == (int64_t)firsts[ticks[i].symbol];
		size_t left = count - i, run = 1 + (size_t)chance_below(chance, 5);

		if (first || left < 2)
			continue;
		if (what < 2 && left > run + 1) /* a few out of place by a few places */
			move_tick(ticks, i, i + run);
		else if (what < 4) /* far too late */
			move_tick(ticks, i, i + (size_t)chance_below(chance, (int64_t)left));
	}
}

/* Loses runs of ticks; those that come later are put back by chance, the rest never. */
static inline void
lose_and_bring(struct deliveries *deliveries, bool early, const size_t *firsts)
{
	uint64_t *chance = &deliveries->chance;
	struct tick *ticks = deliveries->ticks;

	for (size_t i = 1; i + 1 < deliveries->count; i++) {
		size_t run = 1 + (size_t)chance_below(chance, 12);

		if (chance_below(chance, 60) != 0)
			continue;
		for (; run > 0 && i + 1 < deliveries->count; run--) {
			bool first = ticks[i].tick_id == (int64_t)firsts[ticks[i].symbol];
			bool comes = chance_below(chance, 3) != 0;

			if (first && !early)
				break;
			move_tick(ticks, i, deliveries->count - 1);
			if (!comes)
				deliveries->count--;
			else
				move_tick(ticks, deliveries->count - 1, i +
				    (size_t)chance_below(chance, (int64_t)(deliveries->count - i)));
		}
	}
}

/* Sends ticks a second time, alone and in runs, as two connections that overlap would. */
static inline void
send_twice(struct deliveries *deliveries)
{
	uint64_t *chance = &deliveries->chance;
	size_t times = deliveries->count / 30;

	for (; times > 0; times--) {
		size_t run = 1 + (size_t)chance_below(chance, 10);
		size_t from = (size_t)chance_below(chance, (int64_t)(deliveries->count - run));
		size_t to = from + run +
		    (size_t)chance_below(chance, (int64_t)(deliveries->count - from - run) + 1);

		for (size_t i = 0; i < run && deliveries->count < TICKS_MAX; i++) {
			deliver(deliveries, &deliveries->ticks[from + i]);
			move_tick(deliveries->ticks, deliveries->count - 1, to + i);
		}
	}
}

/* All that is traded and quoted by this seed, in the order of time; `firsts` are the first ids. */
static inline void
make_all(struct deliveries *deliveries, uint64_t seed, size_t *firsts)
{
	deliveries->chance = seed;
	for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++) {
		struct tick *own = deliveries->ticks + deliveries->count;
		size_t room = 150 + (size_t)chance_below(&deliveries->chance, 800);
		size_t count = make_symbol(own, room, symbol, &deliveries->chance);

		deliveries->count += count;
		firsts[symbol] = 0;
		for (size_t i = 0; i < count && firsts[symbol] == 0; i++)
			if (own[i].flags & TICK_TRADE)
				firsts[symbol] = (size_t)own[i].tick_id;
	}
	qsort(deliveries->ticks, deliveries->count, sizeof(struct tick), compare_times);
}

/* The same before anything was lost or doubled, the caller's to free: what the exchange knows. */
static inline struct deliveries *
exchange_create(uint64_t seed)
{
	struct deliveries *exchange = calloc(1, sizeof(*exchange));
	size_t firsts[SYMBOLS];

	assert_non_null(exchange);
	make_all(exchange, seed, firsts);
	return exchange;
}

/* A page of REST: up to `room` trades of the symbol from an id on. */
static inline size_t
exchange_page(const struct deliveries *exchange, uint32_t symbol, int64_t from_id,
    struct tick *page, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < exchange->count && count < room; i++) {
		const struct tick *tick = &exchange->ticks[i];

		if (tick->symbol != symbol || !(tick->flags & TICK_TRADE) || tick->tick_id < from_id)
			continue;
		page[count] = *tick;
		page[count].bid_e8 = page[count].ask_e8 = TICK_NONE;
		page[count].symbol = 0; /* the page says whose it is */
		page[count++].flags |= TICK_BACKFILLED;
	}
	return count;
}

/* The whole plan of one seed, the caller's to free. */
static inline struct deliveries *
deliveries_create(uint64_t seed, bool early)
{
	struct deliveries *deliveries = calloc(1, sizeof(*deliveries));
	size_t firsts[SYMBOLS];

	assert_non_null(deliveries);
	make_all(deliveries, seed, firsts);
	lose_and_bring(deliveries, early, firsts);
	spoil(deliveries, early, firsts);
	send_twice(deliveries);
	return deliveries;
}

#endif
