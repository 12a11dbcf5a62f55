#include "analysisd/market_state.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "analysisd/regime.h"
#include "common/clock.h"
#include "common/decimal.h"

static int64_t
midnight(int64_t time_us)
{
	int64_t of_day_us = time_us % CLOCK_DAY_US;

	return time_us - (of_day_us < 0 ? of_day_us + CLOCK_DAY_US : of_day_us);
}

void
market_state_start(struct market_state *state, int64_t time_us)
{
	state->day_us = midnight(time_us);
	state->bars = 0;
	state->seed_bars = 0;
	state->first_bar_us = 0;
	state->atr_sum = 0;
	state->atr_values = 0;
	atr_init(&state->atr, 14);
	bollinger_init(&state->bollinger, 20, 2);
}

void
market_state_push(struct market_state *state, const struct candle *candle)
{
	double close = decimal_to_double(candle->close_e8);

	assert(midnight(candle->open_time_us) <= state->day_us);
	if (state->bars == 0)
		state->first_bar_us = candle->open_time_us;
	if (candle->open_time_us < state->day_us)
		state->seed_bars++;
	state->kept[state->bars++ % MARKET_BARS_KEPT] = *candle;
	atr_push(&state->atr, decimal_to_double(candle->high_e8),
	    decimal_to_double(candle->low_e8), close);
	bollinger_push(&state->bollinger, close);
	if (!isnan(atr_value(&state->atr))) {
		state->atr_sum += atr_value(&state->atr);
		state->atr_values++;
	}
}

const struct candle *
market_state_bar(const struct market_state *state, int64_t back)
{
	if (back < 0 || back >= MARKET_BARS_KEPT || back >= state->bars)
		return NULL;
	return &state->kept[(state->bars - 1 - back) % MARKET_BARS_KEPT];
}

double
market_state_mean_atr(const struct market_state *state)
{
	if (state->atr_values < REGIME_ATR_VALUES_MIN)
		return NAN;
	return state->atr_sum / (double)state->atr_values;
}

struct market_coverage
market_state_coverage(const struct market_state *state)
{
	struct market_coverage coverage = {.slots = MARKET_COVERAGE_SLOTS};
	const struct candle *newest = market_state_bar(state, 0), *bar;
	int64_t from_us;

	if (newest == NULL)
		return coverage;
	from_us = newest->open_time_us - (MARKET_COVERAGE_SLOTS - 1) * CANDLE_M5_US;
	for (int64_t back = 0; (bar = market_state_bar(state, back)) != NULL; back++) {
		if (bar->open_time_us < from_us)
			break;
		coverage.present++;
		coverage.complete += bar->complete;
	}
	return coverage;
}
