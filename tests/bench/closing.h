/*
 * The market that analysisd is measured with: symbols S0USDT, S1USDT ... with a past of candles,
 * and trades in a steady rhythm after it, symbol by symbol.
 */
#ifndef BENCH_CLOSING_H
#define BENCH_CLOSING_H

#include <math.h>
#include <stdint.h>

#include "common/candle.h"
#include "common/clock.h"
#include "common/tick.h"

#define CLOSING_SOURCE "binance"
#define CLOSING_US INT64_C(1700006400000000) /* a midnight: candles before, trades after */

/* A price that wanders in waves of hours and days, with something of its own in each moment. */
static inline int64_t
closing_price_e8(int64_t symbol, int64_t time_us)
{
	double hours = (double)(time_us - CLOSING_US) / 3.6e9 + (double)symbol;
	uint64_t chance = ((uint64_t)time_us / 1000 + (uint64_t)symbol) *
	    UINT64_C(0x9e3779b97f4a7c15);
	double waves = 0.02 * sin(hours / 30) + 0.006 * sin(hours) + 0.002 * sin(13 * hours);
	double own = (double)(chance >> 40 & 0xff) / 255 * 0.0004;

	return (int64_t)(30000 * (1 + (double)(symbol % 7)) * (1 + waves + own)) * 100000000 +
	    (int64_t)(chance >> 50 & 0x3f) * 1000000;
}

/* A trade; those of a symbol have ids without holes. */
static inline struct tick
closing_trade(int64_t symbol, int64_t tick_id, int64_t time_us)
{
	int64_t price_e8 = closing_price_e8(symbol, time_us);
	uint64_t chance = ((uint64_t)tick_id + (uint64_t)symbol) * UINT64_C(0xd1342543de82ef95);

	return (struct tick){
		.time_us = time_us,
		.tick_id = tick_id,
		.price_e8 = price_e8,
		.volume_e8 = (int64_t)(chance >> 40 & 0xffffff) + 1000,
		.bid_e8 = price_e8 - 1000000 * (int64_t)(1 + (chance >> 33 & 3)),
		.ask_e8 = price_e8,
		.flags = TICK_TRADE | (chance >> 63 ? TICK_SELL : 0U),
		.symbol = (uint32_t)symbol,
	};
}

#endif
