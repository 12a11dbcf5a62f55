#include "analysisd/analyses/order_flow.h"

#include <math.h>
#include <stddef.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/day_bars.h"

#define SLOT_SECONDS ((double)CANDLE_M5_US / CLOCK_SECOND_US)

/* ---- who traded ---- */

static bool
has_sided_trades(const struct candle_ticks *ticks)
{
	return ticks->sides.buys + ticks->sides.sells > 0;
}

/* What the candle says of it, or nothing. */
static bool
sides_of_candle(const struct candle *bar, decimal_sum *ret_buy_e8, decimal_sum *ret_sell_e8)
{
	if (!day_bars_sided(bar))
		return false;
	*ret_buy_e8 = day_bars_volume_e8(bar->taker_buy_volume);
	*ret_sell_e8 = day_bars_volume_e8(bar->volume) - *ret_buy_e8;
	return true;
}

struct order_flow_sides
order_flow_sides(const struct candle *bar, const struct candle_ticks *ticks)
{
	decimal_sum buy_e8 = ticks->sides.buy_e8, sell_e8 = ticks->sides.sell_e8;
	bool of_ticks = has_sided_trades(ticks);

	if (!of_ticks && !sides_of_candle(bar, &buy_e8, &sell_e8))
		return (struct order_flow_sides){false, NAN, NAN, NAN, NAN};
	return (struct order_flow_sides){
		.of_ticks = of_ticks,
		.buy = decimal_sum_round(buy_e8, DECIMAL_PLACES),
		.sell = decimal_sum_round(sell_e8, DECIMAL_PLACES),
		.delta = decimal_sum_round(buy_e8 - sell_e8, DECIMAL_PLACES),
		.delta_share = buy_e8 + sell_e8 > 0 ?
		    (double)(buy_e8 - sell_e8) / (double)(buy_e8 + sell_e8) : NAN,
	};
}

/* ---- windows ---- */

struct order_flow_extremes
order_flow_extremes(const struct flow *flow, int64_t end_us)
{
	struct order_flow_extremes extremes = {NAN, NAN, NAN, NAN};

	for (int64_t at_us = end_us - CANDLE_M5_US; at_us < end_us; at_us += FLOW_WINDOW_US) {
		struct flow_pressure pressure = flow_pressure(flow, at_us + FLOW_WINDOW_US);

		/* fmin() and fmax() pass over what is NAN. */
		extremes.buy_share_min = fmin(extremes.buy_share_min, pressure.buy_share);
		extremes.buy_share_max = fmax(extremes.buy_share_max, pressure.buy_share);
		extremes.z_min = fmin(extremes.z_min, pressure.z);
		extremes.z_max = fmax(extremes.z_max, pressure.z);
	}
	return extremes;
}

/* ---- the object ---- */

static void
write_sides(struct json_text *json, const struct candle *bar, const struct candle_ticks *ticks)
{
	struct order_flow_sides sides = order_flow_sides(bar, ticks);

	json_text_word(json, "of", sides.of_ticks ? "ticks" : "candle");
	json_text_number(json, "buy", sides.buy);
	json_text_number(json, "sell", sides.sell);
	json_text_number(json, "delta", sides.delta);
	json_text_figure(json, "delta_share", sides.delta_share);
}

/* Windows are said of stored trades only: where none is stored, none was not "no pressure". */
static void
write_pressure(struct json_text *json, const struct analysis_input *input, int64_t end_us)
{
	bool known = input->flow != NULL && has_sided_trades(input->ticks);
	struct order_flow_extremes extremes = {NAN, NAN, NAN, NAN};
	struct flow_pressure pressure = {NAN, NAN, NAN, NAN, 0};

	if (known) {
		pressure = flow_pressure(input->flow, end_us);
		extremes = order_flow_extremes(input->flow, end_us);
	}
	json_text_open(json, "pressure_30s");
	json_text_figure(json, "buy_share", pressure.buy_share);
	json_text_figure(json, "z", pressure.z);
	json_text_figure(json, "buy_share_min", extremes.buy_share_min);
	json_text_figure(json, "buy_share_max", extremes.buy_share_max);
	json_text_figure(json, "z_min", extremes.z_min);
	json_text_figure(json, "z_max", extremes.z_max);
	json_text_close(json);
}

static void
write_rate(struct json_text *json, const struct candle *bar, const struct candle_ticks *ticks,
    const struct day_bars *day)
{
	double mean = day_bars_mean_trades(day);

	json_text_figure(json, "ticks_per_second",
	    ticks->ticks > 0 ? (double)ticks->ticks / SLOT_SECONDS : NAN);
	json_text_figure(json, "trades_ratio", mean > 0 ? (double)bar->trades / mean : NAN);
}

static void
write_large(struct json_text *json, const struct candle_ticks *ticks)
{
	const struct candle_ticks_sides *large = &ticks->large;

	if (ticks->large_above_e8 == TICK_NONE || !has_sided_trades(ticks)) {
		json_text_word(json, "large", NULL);
		return;
	}
	json_text_open(json, "large");
	json_text_number(json, "above", decimal_to_double(ticks->large_above_e8));
	json_text_integer(json, "buys", large->buys);
	json_text_integer(json, "sells", large->sells);
	json_text_number(json, "buy", decimal_sum_round(large->buy_e8, DECIMAL_PLACES));
	json_text_number(json, "sell", decimal_sum_round(large->sell_e8, DECIMAL_PLACES));
	json_text_close(json);
}

static void
write_spread(struct json_text *json, const struct spread_figures *spread, double price)
{
	double percent = price > 0 ? 100 / price : NAN;

	json_text_open(json, "spread_percent");
	json_text_figure(json, "mean", percent * spread->mean);
	json_text_figure(json, "median", percent * spread->median);
	json_text_figure(json, "min", percent * spread->min);
	json_text_figure(json, "max", percent * spread->max);
	json_text_close(json);
}

/* 1: all of it is of stored trades; 0.5: buy and sell are the candle's, the rest is not known. */
static double
write_confidence(struct json_text *json, const struct candle *bar,
    const struct candle_ticks *ticks)
{
	double value = (has_sided_trades(ticks) ? 1 : 0.5) * (bar->complete ? 1 : 0.5);

	json_text_open(json, "confidence");
	json_text_number(json, "value", value);
	json_text_boolean(json, "trades", has_sided_trades(ticks));
	json_text_boolean(json, "complete", bar->complete);
	json_text_close(json);
	return value;
}

static bool
applies(const struct analysis_input *input)
{
	return day_bars_sided(frame_state_held(input->frame, 0)) || has_sided_trades(input->ticks);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	const struct candle *bar = frame_state_held(input->frame, 0);
	struct day_bars day = day_bars_before(input->frame, bar->open_time_us);
	double confidence;

	json_text_start(json);
	write_sides(json, bar, input->ticks);
	json_text_number(json, "day_delta", day_bars_delta(input->frame).delta);
	write_pressure(json, input, bar->open_time_us + CANDLE_M5_US);
	write_rate(json, bar, input->ticks, &day);
	write_large(json, input->ticks);
	write_spread(json, input->spread, decimal_to_double(bar->close_e8));
	inputs_write(json, input->frame);
	confidence = write_confidence(json, bar, input->ticks);
	json_text_close(json);
	return confidence;
}

const struct analysis order_flow = {
	.type = "order_flow",
	.timeframes = 1U << TIMEFRAME_M5,
	.reads_ticks = true,
	.applies = applies,
	.write = write,
};
