/*
 * A candle of one symbol, as it is stored in m5_candles.  Slots are aligned to UTC.
 */
#ifndef COMMON_CANDLE_H
#define COMMON_CANDLE_H

#include <stdbool.h>
#include <stdint.h>

#define CANDLE_M5_US INT64_C(300000000)

enum candle_origin { CANDLE_TICKS, CANDLE_KLINES, CANDLE_BARS };

struct candle {
	int64_t open_time_us;
	int64_t open_e8, high_e8, low_e8, close_e8;
	double volume, quote_volume, taker_buy_volume; /* exact sums, rounded once */
	int64_t trades; /* inside aggregates too; of a source of quotes, its bids */
	int64_t first_tick_id, last_tick_id; /* TICK_NONE where there are no ids */
	enum candle_origin origin;
	int64_t revision; /* goes up whenever a stored candle that was over changes */
	bool complete;	  /* over, joined to the ids before it, no id missing inside */
};

/* The start of the M5 slot that holds time_us; right for times before 1970 as well. */
static inline int64_t
candle_slot(int64_t time_us)
{
	int64_t rest = time_us % CANDLE_M5_US;

	return time_us - (rest < 0 ? rest + CANDLE_M5_US : rest);
}

/* "ticks", "klines" or "bars", as in m5_candles.origin. */
const char *
candle_origin_name(enum candle_origin origin);

#endif
