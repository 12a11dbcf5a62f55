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

struct trend {
	double close;
	struct averages ema, sma;
	double ema_order, sma_order; /* +1, 0, -1; NAN */
	struct adx_values adx;
	bool in_session; /* M5: the session's VWAP belongs to it */
	double vwap;	 /* NAN otherwise */
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
		sum += decimal_to_double(frame_state_held(frame, back + i)->close_e8);
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
order(const struct averages *averages, double flat)
{
	double fast = vote_sign(averages->of20.now - averages->of50.now, flat);
	double slow = vote_sign(averages->of50.now - averages->of200.now, flat);

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

/* Less than this apart is the same: while there is no ATR, rounding alone. */
static double
flat_distance(const struct frame_state *frame)
{
	double close = decimal_to_double(frame_state_held(frame, 0)->close_e8);

	return fmax(TREND_FLAT_ATR * atr_value(&frame->atr), VOTES_EQUAL * close);
}

static struct trend
measure(const struct analysis_input *input, double flat)
{
	const struct frame_state *frame = input->frame;
	struct trend trend = {
		.close = decimal_to_double(frame_state_held(frame, 0)->close_e8),
		.ema = exponential(frame),
		.sma = simple(frame),
		.adx = adx_values(&frame->adx),
		.in_session = frame->timeframe == TIMEFRAME_M5,
		.vwap = NAN,
	};

	trend.ema_order = order(&trend.ema, flat);
	trend.sma_order = order(&trend.sma, flat);
	if (trend.in_session)
		trend.vwap = vwap_values(&input->state->vwap).vwap;
	return trend;
}

/* ---- votes ---- */

static double
direction_vote(const struct adx_values *adx)
{
	if (isnan(adx->adx) || adx->adx < TREND_ADX_LEAST)
		return isnan(adx->adx) ? NAN : 0;
	return vote_compare(adx->plus_di, adx->minus_di);
}

/* Prices that are less than `flat` apart are the same. */
static struct votes
vote(const struct trend *trend, double flat)
{
	const struct averages *ema = &trend->ema;
	struct votes votes = {0};

	votes_add(&votes, "price", vote_sign(trend->close - ema->of50.now, flat));
	votes_add(&votes, "ema_order", trend->ema_order);
	votes_add(&votes, "sma_order", trend->sma_order);
	votes_add(&votes, "ema50_slope", vote_sign(ema->of50.now - ema->of50.then, flat));
	votes_add(&votes, "ema200_slope", vote_sign(ema->of200.now - ema->of200.then, flat));
	votes_add(&votes, "di", direction_vote(&trend->adx));
	if (trend->in_session)
		votes_add(&votes, "vwap", vote_sign(trend->close - trend->vwap, flat));
	return votes;
}

/* ---- the result ---- */

static const char *
order_word(double vote)
{
	return isnan(vote) ? NULL : vote > 0 ? "up" : vote < 0 ? "down" : "mixed";
}

static void
write_exponential(struct json_text *json, const struct trend *trend)
{
	const struct averages *ema = &trend->ema;

	json_text_figure(json, "ema20", ema->of20.now);
	json_text_figure(json, "ema50", ema->of50.now);
	json_text_figure(json, "ema200", ema->of200.now);
	json_text_word(json, "ema_order", order_word(trend->ema_order));
	json_text_figure(json, "ema20_slope", slope(&ema->of20));
	json_text_figure(json, "ema50_slope", slope(&ema->of50));
	json_text_figure(json, "ema200_slope", slope(&ema->of200));
}

static void
write_simple(struct json_text *json, const struct trend *trend)
{
	const struct averages *sma = &trend->sma;

	json_text_figure(json, "sma20", sma->of20.now);
	json_text_figure(json, "sma50", sma->of50.now);
	json_text_figure(json, "sma200", sma->of200.now);
	json_text_word(json, "sma_order", order_word(trend->sma_order));
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
	double flat = flat_distance(frame), confidence;
	struct trend trend = measure(input, flat);
	struct votes votes = vote(&trend, flat);
	struct verdict verdict = votes_count(&votes);

	json_text_start(json);
	json_text_number(json, "price", trend.close);
	json_text_word(json, "direction", verdict.known ? words[verdict.direction + 1] : NULL);
	json_text_figure(json, "strength", verdict.strength);
	votes_write(json, &votes);
	write_exponential(json, &trend);
	write_simple(json, &trend);
	write_direction(json, &trend.adx);
	json_text_figure(json, "vwap", trend.vwap);
	json_text_figure(json, "vwap_distance",
	    trend.vwap > 0 ? 100 * (trend.close / trend.vwap - 1) : NAN);
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
