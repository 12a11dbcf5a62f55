/*
 * Histories of M5 candles that are made as they are asked for: a candle depends on its history's
 * seed and its slot alone, so that hundreds of days need no memory and can be walked either way.
 */
#ifndef TESTS_UNIT_ANALYSISD_CANDLE_HISTORY_H
#define TESTS_UNIT_ANALYSISD_CANDLE_HISTORY_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/tick.h"

#define HISTORY_DAY_SLOTS 288

enum history_volumes {
	VOLUMES_WHOLE, /* whole numbers of 1e-8 whose sums a double holds */
	VOLUMES_HUGE,  /* of so many sizes that a sum of doubles depends on its order */
	VOLUMES_NONE,  /* ticks alone, as of FX */
	VOLUMES_SOME,  /* none in most candles, at each midnight as well */
};

struct candle_history {
	uint64_t seed;
	int64_t first_slot, end_slot; /* since 1970, the latter exclusive */
	int missing_percent;	      /* of the slots */
	bool weekends;		      /* two days of seven are empty */
	enum history_volumes volumes;
};

/* splitmix64 */
static inline uint64_t
history_chance(uint64_t seed, uint64_t number)
{
	uint64_t z = (seed * UINT64_C(0xd1342543de82ef95) + number) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline double
history_volume(const struct candle_history *history, uint64_t chance)
{
	switch (history->volumes) {
	case VOLUMES_WHOLE:
		return (double)(chance % 100000000) / 1e8;
	case VOLUMES_HUGE:
		return (double)(chance % 1000003) * pow(10, (double)(chance / 7919 % 30) - 8);
	case VOLUMES_SOME:
		return chance % 11 == 0 ? (double)(chance % 1009) : 0;
	case VOLUMES_NONE:
		break;
	}
	return 0;
}

/* False where the slot is empty; *ret is then untouched. */
static inline bool
history_candle(const struct candle_history *history, int64_t slot, struct candle *ret)
{
	uint64_t chance = history_chance(history->seed, (uint64_t)slot);
	int64_t open_e8 = 5000000000 + (int64_t)(chance >> 8 & 0xfffffff);
	int64_t close_e8 = open_e8 + (int64_t)(chance >> 20 & 0xffffff) - 0x800000;

	if (slot < history->first_slot || slot >= history->end_slot ||
	    (int)(chance % 100) < history->missing_percent ||
	    (history->weekends && slot / HISTORY_DAY_SLOTS % 7 < 2))
		return false;
	*ret = (struct candle){
		.open_time_us = slot * CANDLE_M5_US,
		.open_e8 = open_e8,
		.high_e8 = (open_e8 > close_e8 ? open_e8 : close_e8) + (int64_t)(chance >> 40 & 0xfffff),
		.low_e8 = (open_e8 < close_e8 ? open_e8 : close_e8) - (int64_t)(chance >> 44 & 0xfffff),
		.close_e8 = close_e8,
		.volume = history_volume(history, chance >> 3),
		.quote_volume = history_volume(history, chance >> 4),
		.taker_buy_volume = history_volume(history, chance >> 5),
		.trades = (int64_t)(chance >> 50),
		.first_tick_id = chance % 97 == 0 ? TICK_NONE : slot * 1000,
		.last_tick_id = chance % 97 == 0 ? TICK_NONE : slot * 1000 + (int64_t)(chance % 999),
		.origin = chance % 89 == 0 ? CANDLE_KLINES : CANDLE_TICKS,
		.revision = chance % 31 == 0,
		.complete = chance % 101 != 0,
	};
	return true;
}

static inline bool
same_candle(const struct candle *a, const struct candle *b)
{
	return a->open_time_us == b->open_time_us && a->open_e8 == b->open_e8 &&
	    a->high_e8 == b->high_e8 && a->low_e8 == b->low_e8 && a->close_e8 == b->close_e8 &&
	    a->volume == b->volume && a->quote_volume == b->quote_volume &&
	    a->taker_buy_volume == b->taker_buy_volume && a->trades == b->trades &&
	    a->first_tick_id == b->first_tick_id && a->last_tick_id == b->last_tick_id &&
	    a->origin == b->origin && a->revision == b->revision && a->complete == b->complete;
}

#endif
