#include "analysisd/dtms/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"

#define MOMENTUM_BARS_MIN 40
#define EMA_BARS_MIN 210
#define ASIAN 0.8
#define FLIP_ENDS 0.7 /* of the threshold it began at */
#define CROSSES_MIN 2 /* fewer: a flip against the trade is not believed */
#define BODY_MIN 65 /* hundredths of the bar's range */
#define PRESSURE_MIN 0.5
#define EXACT 1e6 /* all raw scores, weights and multipliers make a multiple of 1 / this */

struct weights {
	const char *name;
	double weight, range, high;
};

static const struct weights weights[SIGNALS] = {
	[SIGNAL_STRUCTURE] = {"structure", 3.0, 0.7, 1.2},
	[SIGNAL_VWAP_VOLUME] = {"vwap_volume", 2.0, 1.3, 0.9},
	[SIGNAL_MOMENTUM] = {"momentum", 2.0, 1.0, 0.8},
	[SIGNAL_EMA_ALIGNMENT] = {"ema_alignment", 1.5, 0.8, 1.0},
	[SIGNAL_DELTA_PRESSURE] = {"delta_pressure", 1.0, 1.2, 1.1},
	[SIGNAL_CANDLE_CONVICTION] = {"candle_conviction", 1.0, 1.1, 0.9},
};

/* What a line of the paper gives; not known: its data is missing. */
struct part {
	bool known;
	double raw;
	const char *detail; /* NULL: nothing to tell */
};

static const struct part unknown = {0};

static struct part
part_of(double raw, const char *detail)
{
	return (struct part){.known = true, .raw = raw, .detail = detail};
}

double
dtms_signal_weight(enum dtms_signal signal)
{
	return weights[signal].weight;
}

const char *
dtms_signal_name(enum dtms_signal signal)
{
	return weights[signal].name;
}

/* Takes the errors of products and sums away, so that a score of -2 is -2 and not nearly so. */
static double
round_exactly(double value)
{
	return round(value * EXACT) / EXACT;
}

double
dtms_signal_multiplier(enum dtms_signal signal, const struct regime *regime)
{
	double multiplier = 1;

	if (regime->structure == STRUCTURE_RANGE)
		multiplier *= weights[signal].range;
	if (regime->volatility == VOLATILITY_HIGH)
		multiplier *= weights[signal].high;
	if (regime->session == SESSION_ASIAN)
		multiplier *= ASIAN;
	return round_exactly(multiplier);
}

int
dtms_vwap_flip(int before, double slope, double threshold)
{
	if (isnan(slope) || !(threshold > 0))
		return before;
	if (fabs(slope) >= threshold)
		return slope > 0 ? 1 : -1;
	return before * slope < FLIP_ENDS * threshold ? 0 : before;
}

/* ---- the lines of the paper, each seen from the trade: sign +1 is BUY, -1 is SELL ---- */

static bool
has_structure(const struct dtms_view *view)
{
	return view->m15_bars >= STRUCTURE_BARS_MIN && view->structure.known;
}

static struct part
measure_bos(const struct dtms_view *view, int sign)
{
	const struct structure *structure = &view->structure;

	if (!has_structure(view))
		return unknown;
	if (sign > 0 ? structure->bos_up : structure->bos_down)
		return part_of(3, "BOS with");
	if (sign > 0 ? structure->bos_down : structure->bos_up)
		return part_of(-3, "BOS against");
	return part_of(0, NULL);
}

static struct part
measure_choch(const struct dtms_view *view, int sign)
{
	if (!has_structure(view))
		return unknown;
	if (sign > 0 ? view->structure.choch_down : view->structure.choch_up)
		return part_of(-3, "CHOCH against");
	return part_of(0, NULL);
}

static struct part
measure_vwap_flip(const struct dtms_trade *trade, const struct dtms_view *view, int sign)
{
	int flip = trade->vwap_flip * sign;

	if (isnan(view->vwap_slope) || isnan(view->vwap_threshold))
		return unknown;
	if (flip < 0 && trade->vwap_cross_count >= CROSSES_MIN)
		return part_of(-2, "VWAP flip against");
	if (flip > 0)
		return part_of(1, "VWAP flip with");
	return part_of(0, NULL);
}

static struct part
measure_volume_flip(const struct dtms_view *view, int sign)
{
	double share = view->has_flow ? flow_share_against(&view->flow, sign) : NAN;

	if (isnan(share))
		return unknown;
	if (share > (view->regime.volatility == VOLATILITY_LOW ? 0.72 : 0.65))
		return part_of(-1, "volume flip against");
	if (share > 0.55)
		return part_of(-0.5, "volume against");
	if (share < 0.35)
		return part_of(1, "volume with");
	return part_of(0, NULL);
}

static struct part
measure_rsi(const struct dtms_view *view, int sign)
{
	double low = view->regime.volatility == VOLATILITY_LOW ? 40 : 45;
	double rsi = sign > 0 ? view->rsi : 100 - view->rsi;
	bool falling = sign > 0 ? view->rsi < view->rsi_2 : view->rsi > view->rsi_2;
	bool rising = sign > 0 ? view->rsi > view->rsi_2 : view->rsi < view->rsi_2;

	if (view->m15_bars < MOMENTUM_BARS_MIN || isnan(view->rsi) || isnan(view->rsi_2))
		return unknown;
	if (rsi < low && falling)
		return part_of(-2, sign > 0 ? "RSI low and falling" : "RSI high and rising");
	if (rsi > 70 && rising)
		return part_of(-1, sign > 0 ? "RSI overbought" : "RSI oversold");
	if (rsi > 50 && rising)
		return part_of(1, sign > 0 ? "RSI rising" : "RSI falling");
	return part_of(0, NULL);
}

static struct part
measure_macd(const struct dtms_view *view, int sign)
{
	double now = sign * view->histogram, before = sign * view->histogram_1;
	double first = sign * view->histogram_2;

	if (view->m15_bars < MOMENTUM_BARS_MIN || isnan(now) || isnan(before) || isnan(first))
		return unknown;
	if (now < before && before < first)
		return part_of(-1, sign > 0 ? "MACD falling" : "MACD rising");
	if (now > before && before > first)
		return part_of(1, sign > 0 ? "MACD rising" : "MACD falling");
	return part_of(0, NULL);
}

static struct part
measure_ema(const struct dtms_view *view, int sign)
{
	double of50 = sign * (view->ema50 - view->ema50_10);
	double of200 = sign * (view->ema200 - view->ema200_10);

	if (view->m15_bars < EMA_BARS_MIN || isnan(of50) || isnan(of200))
		return unknown;
	if (of50 > 0 && of200 > 0)
		return part_of(1, "EMA 50 and 200 with");
	if (of50 < 0 && of200 > 0)
		return part_of(-1.5, "EMA 50 turned against");
	if (of50 < 0)
		return part_of(-1, "EMA 50 against");
	return part_of(0, NULL);
}

static struct part
measure_delta(const struct dtms_view *view, int sign)
{
	double z = view->has_flow ? sign * view->flow.z : NAN;

	if (isnan(z))
		return unknown;
	if (z > PRESSURE_MIN)
		return part_of(1, "pressure with");
	if (z < -PRESSURE_MIN)
		return part_of(-1, "pressure against");
	return part_of(0, NULL);
}

/* As the price was stored: doubles of prices do not divide exactly. */
static int64_t
exact(double price)
{
	return llround(price * 1e8);
}

/* Whether the body makes enough of the range. */
static bool
has_body(const struct dtms_view *view)
{
	int64_t body_e8 = llabs(exact(view->m5_close) - exact(view->m5_open));
	int64_t range_e8 = exact(view->m5_high) - exact(view->m5_low);

	return range_e8 > 0 && (decimal_sum)body_e8 * 100 >= (decimal_sum)range_e8 * BODY_MIN;
}

static struct part
measure_conviction(const struct dtms_view *view, int sign)
{
	double body = sign * (view->m5_close - view->m5_open);

	if (view->m5_end_us == TICK_NONE || isnan(body) || isnan(view->m5_high - view->m5_low))
		return unknown;
	if (!has_body(view))
		return part_of(0, NULL);
	if (sign * (view->m5_open - view->vwap) > 0 && sign * (view->m5_close - view->vwap) < 0)
		return part_of(-2, "candle through VWAP against");
	return body < 0 ? part_of(-1, "strong candle against") : part_of(1, "strong candle with");
}

/* ---- the sum ---- */

static void
add_part(struct dtms_signal_score *signal, const struct part *part)
{
	size_t length = strlen(signal->detail);

	if (!part->known)
		return;
	signal->missing = false;
	signal->raw += part->raw;
	if (part->detail != NULL)
		snprintf(signal->detail + length, sizeof(signal->detail) - length, "%s%s",
		    length > 0 ? ", " : "", part->detail);
}

static struct dtms_signal_score
measure_signal(enum dtms_signal signal, const struct regime *regime, struct part first,
    struct part second)
{
	struct dtms_signal_score score = {.missing = true};

	add_part(&score, &first);
	add_part(&score, &second);
	score.multiplier = dtms_signal_multiplier(signal, regime);
	score.score = round_exactly(score.raw * weights[signal].weight * score.multiplier);
	return score;
}

struct dtms_score
dtms_score_measure(const struct dtms_trade *trade, const struct dtms_view *view)
{
	int sign = trade->direction;
	struct part bos = measure_bos(view, sign), choch = measure_choch(view, sign);
	struct part vwap = measure_vwap_flip(trade, view, sign);
	struct part volume = measure_volume_flip(view, sign);
	const struct part parts[SIGNALS][2] = {
		[SIGNAL_STRUCTURE] = {bos, choch},
		[SIGNAL_VWAP_VOLUME] = {vwap, volume},
		[SIGNAL_MOMENTUM] = {measure_rsi(view, sign), measure_macd(view, sign)},
		[SIGNAL_EMA_ALIGNMENT] = {measure_ema(view, sign), unknown},
		[SIGNAL_DELTA_PRESSURE] = {measure_delta(view, sign), unknown},
		[SIGNAL_CANDLE_CONVICTION] = {measure_conviction(view, sign), unknown},
	};
	struct dtms_score score = {
		.bos_with = bos.raw > 0,
		.bos_against = bos.raw < 0,
		.choch_against = choch.raw < 0,
		.vwap_flip_with = vwap.raw > 0,
		.vwap_flip_against = vwap.raw < 0,
		.volume_flip_against = volume.raw <= -1,
	};

	for (enum dtms_signal signal = 0; signal < SIGNALS; signal++) {
		score.signals[signal] = measure_signal(signal, &view->regime, parts[signal][0],
		    parts[signal][1]);
		score.total += score.signals[signal].score;
	}
	score.total = round_exactly(score.total);
	return score;
}

/* ---- as JSON ---- */

static void
write_price(struct json_text *json, const char *key, int64_t price_e8)
{
	json_text_number(json, key, price_e8 == TICK_NONE ? NAN : decimal_to_double(price_e8));
}

static void
write_time(struct json_text *json, const char *key, int64_t time_us)
{
	if (time_us == TICK_NONE)
		json_text_word(json, key, NULL);
	else
		json_text_integer(json, key, time_us);
}

static void
write_regime(struct json_text *json, const struct regime *regime)
{
	json_text_open(json, "regime");
	json_text_word(json, "session", session_name(regime->session));
	json_text_word(json, "volatility", regime_volatility_name(regime->volatility));
	json_text_word(json, "structure", regime_structure_name(regime->structure));
	json_text_close(json);
}

static void
write_flow(struct json_text *json, const struct dtms_view *view)
{
	if (!view->has_flow) {
		json_text_word(json, "flow", NULL);
		return;
	}
	json_text_open(json, "flow");
	json_text_number(json, "buy_share", view->flow.buy_share);
	json_text_number(json, "z", view->flow.z);
	json_text_boolean(json, "lent", view->flow_lent);
	json_text_close(json);
}

static void
write_signals(struct json_text *json, const struct dtms_score *score)
{
	json_text_open(json, "signals");
	for (enum dtms_signal signal = 0; signal < SIGNALS; signal++) {
		const struct dtms_signal_score *one = &score->signals[signal];

		json_text_open(json, weights[signal].name);
		json_text_number(json, "raw", one->raw);
		json_text_number(json, "weight", weights[signal].weight);
		json_text_number(json, "multiplier", one->multiplier);
		json_text_number(json, "score", one->score);
		json_text_boolean(json, "missing", one->missing);
		json_text_word(json, "detail", one->detail);
		json_text_close(json);
	}
	json_text_close(json);
}

void
dtms_score_write(struct json_text *json, const struct dtms_trade *trade,
    const struct dtms_view *view, const struct dtms_score *score)
{
	write_price(json, "price", dtms_view_price(view, trade->direction));
	write_price(json, "bid", view->bid_e8);
	write_price(json, "ask", view->ask_e8);
	json_text_number(json, "spread", view->spread);
	json_text_number(json, "spread_median", view->spread_median);
	json_text_number(json, "vwap", view->vwap);
	json_text_number(json, "vwap_slope", view->vwap_slope);
	json_text_number(json, "vwap_threshold", view->vwap_threshold);
	json_text_integer(json, "vwap_cross_count", trade->vwap_cross_count);
	json_text_number(json, "atr", view->atr);
	write_regime(json, &view->regime);
	write_flow(json, view);
	write_time(json, "m5_end_us", view->m5_end_us);
	write_time(json, "m15_end_us", view->m15_end_us);
	write_signals(json, score);
}
