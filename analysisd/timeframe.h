/*
 * The timeframes that candles are analysed in.  All are aligned to UTC midnight, and each is made
 * of M5 candles.
 */
#ifndef ANALYSISD_TIMEFRAME_H
#define ANALYSISD_TIMEFRAME_H

#include <stdbool.h>
#include <stdint.h>

enum timeframe {
	TIMEFRAME_M5,
	TIMEFRAME_M15,
	TIMEFRAME_M30,
	TIMEFRAME_H1,
	TIMEFRAME_H4,
	TIMEFRAME_D1,
	TIMEFRAMES
};

#define TIMEFRAMES_ALL ((1U << TIMEFRAMES) - 1) /* as a set of bits 1 << timeframe */

/* "M5" .. "D1", as in analysis_results.timeframe. */
const char *
timeframe_name(enum timeframe timeframe);

/* False for a name that is none; *ret is then untouched. */
bool
timeframe_find(const char *name, enum timeframe *ret);

/* Length of a slot in microseconds. */
int64_t
timeframe_length(enum timeframe timeframe);

#endif
