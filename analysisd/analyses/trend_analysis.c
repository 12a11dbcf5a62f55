#include "analysisd/analyses/trend_analysis.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/votes.h"
#include "common/decimal.h"

/* A moving average, and what it was TREND_SLOPE_BARS before. */
struct average {
	double now, then;
};

/* Fast, middle and slow. */
struct averages {
	struct average of20, of50, of200;
};

/* ---- averages ---- */

static struct averages
exponential(const struct frame_state *frame)
{
	const struct frame_values *then = frame_state_values(frame, TREND_SLOPE_BARS);

	return (struct averages){
		.of20 = {ema_value(&frame->ema20), then == NULL ? NAN : then->ema20},
		.of50 = {ema_value(&frame->ema50), then == NULL ? NAN : then->ema50},
		.of200 = {ema_value(&frame->ema200), then == NULL ? NAN : then->ema200},
	};
}

/* Sum of TREND_SLOPE_BARS closes, the newest of them `back` bars before the newest bar's. */
static double
sum_closes(const struct frame_state *frame, int64_t back)
{
	double sum = 0;

	for (int i = 0; i < TREND_SLOPE_BARS; i++)
		sum += decimal_to_double(frame_state_bar(frame, back + i)->close_e8);
	return sum;
}

/* What the window lost on its way is what left it, less what came in. */
static struct average
simple_average(const struct frame_state *frame, const struct sma *sma)
{
	double now = sma_value(sma);

	if (frame->held < sma->period + TREND_SLOPE_BARS)
		return (struct average){now, NAN};
	return (struct average){now, now +
	    (sum_closes(frame, sma->period) - sum_closes(frame, 0)) / sma->period};
}

static struct averages
simple(const struct frame_state *frame)
{
	return (struct averages){
		.of20 = simple_average(frame, &frame->sma20),
		.of50 = simple_average(frame, &frame->sma50),
		.of200 = simple_average(frame, &frame->sma200),
	};
}

/* +1: the faster the higher; -1: the faster the lower; else 0; NAN. */
static double
order(const struct averages *averages)
{
	double fast = vote_compare(averages->of20.now, averages->of50.now);
	double slow = vote_compare(averages->of50.now, averages->of200.now);

	if (isnan(fast) || isnan(slow))
		return NAN;
	return fast == slow ? fast : 0;
}

/* In per cent of what it was. */
static double
slope(const struct average *average)
{
	return average->then > 0 ? 100 * (average->now / average->then - 1) : NAN;
}

/* ---- votes ---- */

static double
slope_vote(const struct average *average, const struct frame_state *frame)
{
	double flat = fmax(TREND_FLAT_ATR * atr_value(&frame->atr), VOTES_EQUAL * average->now);

	return vote_sign(average->now - average->then, flat);
}

static double
direction_vote(const struct adx_values *adx)
{
	if (isnan(adx->adx) || adx->adx < TREND_ADX_LEAST)
		return isnan(adx->adx) ? NAN : 0;
	return vote_compare(adx->plus_di, adx->minus_di);
}

/* ---- the result ---- */

static const char *
order_word(double vote)
{
	return isnan(vote) ? NULL : vote > 0 ? "up" : vote < 0 ? "down" : "mixed";
}

static void
write_exponential(struct json_text *json, const struct averages *ema)
{
	json_text_figure(json, "ema20", ema->of20.now);
	json_text_figure(json, "ema50", ema->of50.now);
	json_text_figure(json, "ema200", ema->of200.now);
	json_text_word(json, "ema_order", order_word(order(ema)));
	json_text_figure(json, "ema20_slope", slope(&ema->of20));
	json_text_figure(json, "ema50_slope", slope(&ema->of50));
	json_text_figure(json, "ema200_slope", slope(&ema->of200));
}

static void
write_simple(struct json_text *json, const struct averages *sma)
{
	json_text_figure(json, "sma20", sma->of20.now);
	json_text_figure(json, "sma50", sma->of50.now);
	json_text_figure(json, "sma200", sma->of200.now);
	json_text_word(json, "sma_order", order_word(order(sma)));
	json_text_figure(json, "sma20_slope", slope(&sma->of20));
	json_text_figure(json, "sma50_slope", slope(&sma->of50));
	json_text_figure(json, "sma200_slope", slope(&sma->of200));
}

static void
write_direction(struct json_text *json, const struct adx_values *adx)
{
	json_text_figure(json, "adx14", adx->adx);
	json_text_figure(json, "plus_di", adx->plus_di);
	json_text_figure(json, "minus_di", adx->minus_di);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	static const char *const words[] = {"down", "sideways", "up"};
	const struct frame_state *frame = input->frame;
	double close = decimal_to_double(frame_state_bar(frame, 0)->close_e8), confidence;
	struct averages ema = exponential(frame), sma = simple(frame);
	struct adx_values adx = adx_values(&frame->adx);
	bool m5 = frame->timeframe == TIMEFRAME_M5;
	double vwap = m5 ? vwap_values(&input->state->vwap).vwap : NAN;
	struct votes votes = {0};
	struct verdict verdict;

	votes_add(&votes, "price", vote_compare(close, ema.of50.now));
	votes_add(&votes, "ema_order", order(&ema));
	votes_add(&votes, "sma_order", order(&sma));
	votes_add(&votes, "ema50_slope", slope_vote(&ema.of50, frame));
	votes_add(&votes, "ema200_slope", slope_vote(&ema.of200, frame));
	votes_add(&votes, "di", direction_vote(&adx));
	if (m5)
		votes_add(&votes, "vwap", vote_compare(close, vwap));
	verdict = votes_count(&votes);
	json_text_start(json);
	json_text_number(json, "price", close);
	json_text_word(json, "direction", verdict.known ? words[verdict.direction + 1] : NULL);
	json_text_figure(json, "strength", verdict.strength);
	votes_write(json, &votes);
	write_exponential(json, &ema);
	write_simple(json, &sma);
	write_direction(json, &adx);
	json_text_figure(json, "vwap", vwap);
	json_text_figure(json, "vwap_distance", vwap > 0 ? 100 * (close / vwap - 1) : NAN);
	inputs_write(json, frame);
	confidence = inputs_write_agreement(json, frame, verdict.agreement);
	json_text_close(json);
	return confidence;
}

const struct analysis trend_analysis = {
	.type = "trend_analysis",
	.timeframes = TIMEFRAMES_ALL,
	.write = write,
};
