#include "analysisd/frame_state.h"

#include <math.h>

#include "analysisd/regime.h"
#include "common/clock.h"
#include "common/decimal.h"
#include "common/tick.h"

void
frame_state_start(struct frame_state *frame, enum timeframe timeframe)
{
	frame->timeframe = timeframe;
	frame->held = frame->next = 0;
	frame_state_seed(frame, INT64_MIN);
}

bool
frame_state_prepend(struct frame_state *frame, const struct candle *bar)
{
	if (frame->held == FRAME_SEED_BARS)
		return false;
	frame->held++;
	frame->kept[(frame->next - frame->held + FRAME_SEED_BARS) % FRAME_SEED_BARS] = *bar;
	return frame->held < FRAME_SEED_BARS;
}

/* ---- indicators ---- */

static void
init_indicators(struct frame_state *frame)
{
	sma_init(&frame->sma20, 20);
	sma_init(&frame->sma50, 50);
	sma_init(&frame->sma200, 200);
	sma_init(&frame->volume_sma, 20);
	ema_init(&frame->ema20, 20);
	ema_init(&frame->ema50, 50);
	ema_init(&frame->ema200, 200);
	rsi_init(&frame->rsi, 14);
	adx_init(&frame->adx, 14);
	atr_init(&frame->atr, 14);
	macd_init(&frame->macd, 12, 26, 9);
	bollinger_init(&frame->bollinger, 20, 2);
	stochastic_init(&frame->stochastic, 14, 3, 3);
	roc_init(&frame->roc, 10);
	realised_volatility_init(&frame->realised, 20);
}

static void
push_indicators(struct frame_state *frame, const struct candle *bar)
{
	double high = decimal_to_double(bar->high_e8), low = decimal_to_double(bar->low_e8);
	double close = decimal_to_double(bar->close_e8);

	sma_push(&frame->sma20, close);
	sma_push(&frame->sma50, close);
	sma_push(&frame->sma200, close);
	sma_push(&frame->volume_sma, bar->volume);
	ema_push(&frame->ema20, close);
	ema_push(&frame->ema50, close);
	ema_push(&frame->ema200, close);
	rsi_push(&frame->rsi, close);
	adx_push(&frame->adx, high, low, close);
	atr_push(&frame->atr, high, low, close);
	macd_push(&frame->macd, close);
	bollinger_push(&frame->bollinger, close);
	stochastic_push(&frame->stochastic, high, low, close);
	roc_push(&frame->roc, close);
	realised_volatility_push(&frame->realised, close);
}

/* After a bar whose indicators are pushed. */
static void
count_bar(struct frame_state *frame)
{
	double atr = atr_value(&frame->atr);

	if (!isnan(atr)) {
		frame->atr_sum += atr;
		frame->atr_values++;
	}
	frame->values[frame->bars++ % FRAME_VALUES_KEPT] = (struct frame_values){
		.rsi = rsi_value(&frame->rsi),
		.histogram = macd_values(&frame->macd).histogram,
		.ema20 = ema_value(&frame->ema20),
		.ema50 = ema_value(&frame->ema50),
		.ema200 = ema_value(&frame->ema200),
		.atr = atr,
	};
}

/* A bar from before the midnight that the state is seeded at, in the order of time. */
static void
add_to_day_before(struct frame_state *frame, const struct candle *bar)
{
	struct frame_day *day = &frame->day_before;

	if (frame->seeded_us - bar->open_time_us > CLOCK_DAY_US)
		return;
	if (day->close_e8 == TICK_NONE || bar->high_e8 > day->high_e8)
		day->high_e8 = bar->high_e8;
	if (day->close_e8 == TICK_NONE || bar->low_e8 < day->low_e8)
		day->low_e8 = bar->low_e8;
	day->close_e8 = bar->close_e8;
}

void
frame_state_seed(struct frame_state *frame, int64_t midnight_us)
{
	frame->seeded_us = midnight_us;
	frame->bars = 0;
	frame->atr_sum = 0;
	frame->atr_values = 0;
	frame->day_before = (struct frame_day){TICK_NONE, TICK_NONE, TICK_NONE};
	init_indicators(frame);
	for (int64_t back = frame->held; back > 0; back--) {
		const struct candle *bar =
		    &frame->kept[(frame->next - back + FRAME_SEED_BARS) % FRAME_SEED_BARS];

		push_indicators(frame, bar);
		count_bar(frame);
		add_to_day_before(frame, bar);
	}
	frame->seed_bars = frame->bars;
	frame->first_bar_us = frame->held == 0 ? 0 :
	    frame->kept[(frame->next - frame->held + FRAME_SEED_BARS) % FRAME_SEED_BARS]
		.open_time_us;
}

void
frame_state_push(struct frame_state *frame, const struct candle *bar)
{
	if (frame->bars == 0)
		frame->first_bar_us = bar->open_time_us;
	frame->kept[frame->next] = *bar;
	frame->next = (frame->next + 1) % FRAME_SEED_BARS;
	if (frame->held < FRAME_SEED_BARS)
		frame->held++;
	push_indicators(frame, bar);
	count_bar(frame);
}

/* ---- looking back ---- */

const struct frame_values *
frame_state_values(const struct frame_state *frame, int back)
{
	if (back < 0 || back >= FRAME_VALUES_KEPT || back >= frame->bars)
		return NULL;
	return &frame->values[(frame->bars - 1 - back) % FRAME_VALUES_KEPT];
}

double
frame_state_mean_atr(const struct frame_state *frame)
{
	if (frame->atr_values < REGIME_ATR_VALUES_MIN)
		return NAN;
	return frame->atr_sum / (double)frame->atr_values;
}

double
frame_state_atr_ratio(const struct frame_state *frame)
{
	double mean = frame_state_mean_atr(frame);

	return mean > 0 ? atr_value(&frame->atr) / mean : NAN;
}

int64_t
frame_state_end_us(const struct frame_state *frame)
{
	const struct candle *newest = frame_state_bar(frame, 0);

	return newest == NULL ? TICK_NONE :
				newest->open_time_us + timeframe_length(frame->timeframe);
}
