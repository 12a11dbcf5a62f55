/*
 * Whether two frame_states say the same, bit for bit in every value.  How their rings lie in memory
 * may differ.
 */
#ifndef TESTS_UNIT_ANALYSISD_SAME_FRAME_H
#define TESTS_UNIT_ANALYSISD_SAME_FRAME_H

#include <string.h>

#include "analysisd/frame_state.h"
#include "tests/unit/analysisd/candle_history.h"

/* All values of the indicators; NAN is of one kind, so bytes can be compared. */
struct frame_sight {
	double sma20, sma50, sma200, volume_sma, ema20, ema50, ema200, rsi, atr, roc, realised;
	struct adx_values adx;
	struct macd_values macd;
	struct bollinger_bands bands;
	struct stochastic_values stochastic;
	double mean_atr, atr_ratio, atr_sum;
	struct frame_values values[FRAME_VALUES_KEPT];
	int64_t values_known, atr_values;
	int64_t seeded_us, bars, seed_bars, first_bar_us, held, end_us;
};

static inline double
plain(double value)
{
	return isnan(value) ? (double)NAN : value;
}

static inline struct frame_values
plain_values(const struct frame_values *values)
{
	return (struct frame_values){plain(values->rsi), plain(values->histogram),
		plain(values->ema20), plain(values->ema50), plain(values->ema200),
		plain(values->atr)};
}

static inline struct frame_sight
see_frame(const struct frame_state *frame)
{
	struct adx_values adx = adx_values(&frame->adx);
	struct macd_values macd = macd_values(&frame->macd);
	struct bollinger_bands bands = bollinger_bands(&frame->bollinger);
	struct stochastic_values stochastic = stochastic_values(&frame->stochastic);
	struct frame_sight sight = {
		.sma20 = plain(sma_value(&frame->sma20)),
		.sma50 = plain(sma_value(&frame->sma50)),
		.sma200 = plain(sma_value(&frame->sma200)),
		.volume_sma = plain(sma_value(&frame->volume_sma)),
		.ema20 = plain(ema_value(&frame->ema20)),
		.ema50 = plain(ema_value(&frame->ema50)),
		.ema200 = plain(ema_value(&frame->ema200)),
		.rsi = plain(rsi_value(&frame->rsi)),
		.atr = plain(atr_value(&frame->atr)),
		.roc = plain(roc_value(&frame->roc)),
		.realised = plain(realised_volatility_value(&frame->realised)),
		.adx = {plain(adx.adx), plain(adx.plus_di), plain(adx.minus_di)},
		.macd = {plain(macd.line), plain(macd.signal), plain(macd.histogram)},
		.bands = {plain(bands.upper), plain(bands.middle), plain(bands.lower),
		    plain(bands.width), plain(bands.relative_width)},
		.stochastic = {plain(stochastic.k), plain(stochastic.d)},
		.mean_atr = plain(frame_state_mean_atr(frame)),
		.atr_ratio = plain(frame_state_atr_ratio(frame)),
		.atr_sum = frame->atr_sum,
		.atr_values = frame->atr_values,
		.seeded_us = frame->seeded_us,
		.bars = frame->bars,
		.seed_bars = frame->seed_bars,
		.first_bar_us = frame->first_bar_us,
		.held = frame->held,
		.end_us = frame_state_end_us(frame),
	};

	for (int back = 0; frame_state_values(frame, back) != NULL; back++)
		sight.values[sight.values_known++] =
		    plain_values(frame_state_values(frame, back));
	return sight;
}

static inline void
assert_same_frame(const struct frame_state *a, const struct frame_state *b)
{
	struct frame_sight of_a = see_frame(a), of_b = see_frame(b);

	assert_memory_equal(&of_a, &of_b, sizeof(of_a));
	for (int64_t back = 0; back <= FRAME_SEED_BARS; back++) {
		const struct candle *bar_a = frame_state_bar(a, back);
		const struct candle *bar_b = frame_state_bar(b, back);

		assert_int_equal(bar_a == NULL, back >= a->held);
		assert_int_equal(bar_b == NULL, bar_a == NULL);
		if (bar_a != NULL)
			assert_true(same_candle(bar_a, bar_b));
	}
}

#endif
