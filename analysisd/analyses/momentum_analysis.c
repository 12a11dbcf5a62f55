#include "analysisd/analyses/momentum_analysis.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/votes.h"
#include "common/decimal.h"

#define EQUAL 1e-7 /* of figures around 100: less is rounding */

struct momentum {
	double close;
	double rsi, rsi_2;				/* two bars before */
	struct macd_values macd;
	double histogram_1, histogram_2;		/* one, two bars before */
	struct stochastic_values stochastic;
	double roc;
	double volume, volume_mean, volume_ratio;
	double rsi_direction, histogram_direction;	/* +1 rising, -1 falling, 0 */
};

/* ---- figures ---- */

/* Strictly rising or falling all the way. */
static double
direction_of_three(double newest, double before, double oldest, double slack)
{
	double last = vote_sign(newest - before, slack), first = vote_sign(before - oldest, slack);

	if (isnan(last) || isnan(first))
		return NAN;
	return last == first ? last : 0;
}

static struct momentum
measure(const struct frame_state *frame)
{
	const struct candle *bar = frame_state_held(frame, 0);
	const struct frame_values *one = frame_state_values(frame, 1);
	const struct frame_values *two = frame_state_values(frame, 2);
	double volume_mean = sma_value(&frame->volume_sma);
	struct momentum momentum = {
		.close = decimal_to_double(bar->close_e8),
		.rsi = rsi_value(&frame->rsi),
		.rsi_2 = two == NULL ? NAN : two->rsi,
		.macd = macd_values(&frame->macd),
		.histogram_1 = one == NULL ? NAN : one->histogram,
		.histogram_2 = two == NULL ? NAN : two->histogram,
		.stochastic = stochastic_values(&frame->stochastic),
		.roc = roc_value(&frame->roc),
		.volume = bar->volume,
		.volume_mean = volume_mean,
		.volume_ratio = volume_mean > 0 ? bar->volume / volume_mean : NAN,
	};

	momentum.rsi_direction = vote_sign(momentum.rsi - momentum.rsi_2, EQUAL);
	momentum.histogram_direction = direction_of_three(momentum.macd.histogram,
	    momentum.histogram_1, momentum.histogram_2, VOTES_EQUAL * momentum.close);
	return momentum;
}

/* ---- votes ---- */

/* A bar of much volume speaks for the way that it went. */
static double
volume_vote(const struct momentum *momentum, const struct candle *bar)
{
	if (isnan(momentum->volume_ratio))
		return NAN;
	if (momentum->volume_ratio < MOMENTUM_VOLUME_RATIO)
		return 0;
	return (bar->close_e8 > bar->open_e8) - (bar->close_e8 < bar->open_e8);
}

static struct votes
vote(const struct momentum *momentum, const struct candle *bar)
{
	double equal = VOTES_EQUAL * momentum->close;
	struct votes votes = {0};

	votes_add(&votes, "rsi", vote_sign(momentum->rsi - 50, MOMENTUM_RSI_SLACK));
	votes_add(&votes, "rsi_direction", momentum->rsi_direction);
	votes_add(&votes, "macd", vote_sign(momentum->macd.line, equal));
	votes_add(&votes, "macd_signal", vote_sign(momentum->macd.histogram, equal));
	votes_add(&votes, "histogram", momentum->histogram_direction);
	votes_add(&votes, "stochastic",
	    vote_sign(momentum->stochastic.k - 50, MOMENTUM_STOCHASTIC_SLACK));
	votes_add(&votes, "roc", vote_sign(momentum->roc, EQUAL));
	votes_add(&votes, "volume", volume_vote(momentum, bar));
	return votes;
}

/* ---- the result ---- */

static const char *
rsi_zone(double rsi)
{
	if (isnan(rsi))
		return NULL;
	if (rsi < 30 || rsi > 70)
		return rsi < 30 ? "oversold" : "overbought";
	return rsi < 50 - MOMENTUM_RSI_SLACK ? "weak" :
	    rsi > 50 + MOMENTUM_RSI_SLACK    ? "strong" : "neutral";
}

static const char *
direction_word(double direction)
{
	if (isnan(direction))
		return NULL;
	return direction > 0 ? "rising" : direction < 0 ? "falling" : "flat";
}

static void
write_oscillators(struct json_text *json, const struct momentum *momentum)
{
	json_text_figure(json, "rsi14", momentum->rsi);
	json_text_figure(json, "rsi14_2", momentum->rsi_2);
	json_text_word(json, "rsi_direction", direction_word(momentum->rsi_direction));
	json_text_word(json, "rsi_zone", rsi_zone(momentum->rsi));
	json_text_figure(json, "macd", momentum->macd.line);
	json_text_figure(json, "macd_signal", momentum->macd.signal);
	json_text_figure(json, "histogram", momentum->macd.histogram);
	json_text_figure(json, "histogram_1", momentum->histogram_1);
	json_text_figure(json, "histogram_2", momentum->histogram_2);
	json_text_word(json, "histogram_direction", direction_word(momentum->histogram_direction));
	json_text_figure(json, "stochastic_k", momentum->stochastic.k);
	json_text_figure(json, "stochastic_d", momentum->stochastic.d);
	json_text_figure(json, "roc10", momentum->roc);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	static const char *const words[] = {"bearish", "neutral", "bullish"};
	const struct frame_state *frame = input->frame;
	struct momentum momentum = measure(frame);
	struct votes votes = vote(&momentum, frame_state_held(frame, 0));
	struct verdict verdict = votes_count(&votes);
	double confidence;

	json_text_start(json);
	json_text_number(json, "price", momentum.close);
	json_text_word(json, "verdict", verdict.known ? words[verdict.direction + 1] : NULL);
	json_text_figure(json, "strength", verdict.strength);
	votes_write(json, &votes);
	write_oscillators(json, &momentum);
	json_text_figure(json, "volume", momentum.volume);
	json_text_figure(json, "volume_sma20", momentum.volume_mean);
	json_text_figure(json, "volume_ratio", momentum.volume_ratio);
	json_text_figure(json, "realised_volatility20",
	    realised_volatility_value(&frame->realised));
	inputs_write(json, frame);
	confidence = inputs_write_agreement(json, frame, verdict.agreement);
	json_text_close(json);
	return confidence;
}

const struct analysis momentum_analysis = {
	.type = "momentum_analysis",
	.timeframes = TIMEFRAMES_ALL,
	.write = write,
};
