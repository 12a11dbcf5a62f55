/*
 * Candles as the exchange's REST interface shows them, folded from trades.
 */
#ifndef MARKETSIM_CANDLE_H
#define MARKETSIM_CANDLE_H

#include "common/decimal.h"
#include "marketsim/trade_source.h"

struct candle {
	int64_t open_time_us, close_time_us; /* the last microsecond that belongs to it */
	int64_t open_e8, high_e8, low_e8, close_e8;
	decimal_sum volume_e8, taker_volume_e8;
	decimal_sum quote_e16, taker_quote_e16;
	int64_t trades;
};

/* The length of "1s", "1m" ... "1w" in microseconds, or 0 for what is no interval. */
int64_t
candle_interval(const char *name);

/* Where the candle of that interval begins that `time_us` lies in.  Weeks begin on Monday. */
int64_t
candle_open_time(int64_t interval_us, int64_t time_us);

/* An empty candle; until a trade comes all its prices are `price_e8`. */
void
candle_begin(struct candle *candle, int64_t interval_us, int64_t open_time_us, int64_t price_e8);

/* Trades are added in the order of their ids. */
void
candle_add(struct candle *candle, const struct trade *trade);

#endif
