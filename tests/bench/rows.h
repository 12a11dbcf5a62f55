/*
 * The rows that the benchmarks store: trades of many symbols, interleaved as a feed brings them.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "common/tick.h"

#define ROWS_START_US INT64_C(1700000000000000)
#define ROWS_SPACING_US 50 /* 20 000 trades a second of exchange time, in whole milliseconds */

/* The trade number `n` of a market of `symbols` symbols; ids are contiguous in each symbol. */
static inline struct tick
rows_tick(int64_t n, int64_t symbols)
{
	uint64_t chance = (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15);

	chance ^= chance >> 29;
	return (struct tick){
		.time_us = (ROWS_START_US + n * ROWS_SPACING_US) / 1000 * 1000,
		.tick_id = INT64_C(3735683259) + n / symbols,
		.price_e8 = INT64_C(6183763000000) + (int64_t)(chance % 2000) * 1000000,
		.volume_e8 = (int64_t)(chance >> 32 & 0xffffff) + 1000,
		.bid_e8 = INT64_C(6183762000000),
		.ask_e8 = INT64_C(6183764000000),
		.flags = TICK_TRADE | (chance >> 60 & 1 ? TICK_SELL : 0U),
		.symbol = (uint32_t)(n % symbols),
	};
}

#endif
