/*
 * Answers with klines: whatever comes, what is read of it are candles that can be stored.
 */
#define _GNU_SOURCE
#include "tickd/rest/klines.h"

#include <math.h>

#include "common/tick.h"
#include "tests/fuzz/target.h"

static struct candle candles[KLINES_MAX];

static void
check_sane(int count, size_t rows, int64_t from_us, int64_t until_us, int64_t last_us)
{
	PROMISE(count <= (int)rows && rows <= KLINES_MAX);
	for (int i = 0; i < count; i++) {
		const struct candle *candle = &candles[i];

		PROMISE(candle->open_time_us % CANDLE_M5_US == 0);
		PROMISE(candle->open_time_us >= from_us && candle->open_time_us < until_us);
		PROMISE(candle->open_time_us <= last_us);
		PROMISE(i == 0 || candle->open_time_us > candles[i - 1].open_time_us);
		PROMISE(candle->low_e8 > 0 && candle->low_e8 <= candle->high_e8);
		PROMISE(candle->open_e8 > 0 && candle->close_e8 > 0);
		PROMISE(isfinite(candle->volume) && candle->volume >= 0);
		PROMISE(isfinite(candle->quote_volume) && candle->quote_volume >= 0);
		PROMISE(isfinite(candle->taker_buy_volume) && candle->taker_buy_volume >= 0);
		PROMISE(candle->trades > 0 && candle->origin == CANDLE_KLINES);
		PROMISE(candle->first_tick_id == TICK_NONE && candle->last_tick_id == TICK_NONE);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t from_us = INT64_C(1723161600000000);
	int64_t last_us = 0;
	size_t rows = 0;
	int all, part;

	all = klines_parse((const char *)data, size, INT64_MIN, INT64_MAX, candles, &rows, &last_us);
	if (all >= 0)
		check_sane(all, rows, INT64_MIN, INT64_MAX, last_us);
	part = klines_parse((const char *)data, size, from_us, from_us + 3 * CANDLE_M5_US, candles,
	    &rows, &last_us);
	PROMISE((all < 0) == (part < 0));
	if (part < 0)
		return 0;
	PROMISE(part <= all && part <= 3);
	check_sane(part, rows, from_us, from_us + 3 * CANDLE_M5_US, last_us);
	return 0;
}
