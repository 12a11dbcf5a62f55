#include "marketsim/candle.h"

#include <string.h>

#include "common/clock.h"

static const struct {
	const char *name;
	int64_t seconds;
} intervals[] = {
	{ "1s", 1 },
	{ "1m", 60 },
	{ "3m", 180 },
	{ "5m", 300 },
	{ "15m", 900 },
	{ "30m", 1800 },
	{ "1h", 3600 },
	{ "2h", 7200 },
	{ "4h", 14400 },
	{ "6h", 21600 },
	{ "8h", 28800 },
	{ "12h", 43200 },
	{ "1d", 86400 },
	{ "3d", 259200 },
	{ "1w", 604800 },
};

int64_t
candle_interval(const char *name)
{
	for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++)
		if (strcmp(intervals[i].name, name) == 0)
			return intervals[i].seconds * CLOCK_SECOND_US;
	return 0;
}

int64_t
candle_open_time(int64_t interval_us, int64_t time_us)
{
	/* 1970 began on a Thursday: the Monday after it is day 4. */
	int64_t origin_us = interval_us == 7 * CLOCK_DAY_US ? 4 * CLOCK_DAY_US : 0;
	int64_t since = time_us - origin_us, into = since % interval_us;

	return time_us - (into < 0 ? into + interval_us : into);
}

void
candle_begin(struct candle *candle, int64_t interval_us, int64_t open_time_us, int64_t price_e8)
{
	memset(candle, 0, sizeof(*candle));
	candle->open_time_us = open_time_us;
	candle->close_time_us = open_time_us + interval_us - 1;
	candle->open_e8 = candle->high_e8 = candle->low_e8 = candle->close_e8 = price_e8;
}

void
candle_add(struct candle *candle, const struct trade *trade)
{
	decimal_sum quote_e16 = (decimal_sum)trade->price_e8 * trade->quantity_e8;

	if (candle->trades++ == 0)
		candle->open_e8 = candle->high_e8 = candle->low_e8 = trade->price_e8;
	if (trade->price_e8 > candle->high_e8)
		candle->high_e8 = trade->price_e8;
	if (trade->price_e8 < candle->low_e8)
		candle->low_e8 = trade->price_e8;
	candle->close_e8 = trade->price_e8;
	candle->volume_e8 += trade->quantity_e8;
	candle->quote_e16 += quote_e16;
	if (!trade->buyer_is_maker) {
		candle->taker_volume_e8 += trade->quantity_e8;
		candle->taker_quote_e16 += quote_e16;
	}
}
