#include "analysisd/analyses/enhanced_symbol_analysis.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/volatility_analysis.h"
#include "analysisd/day_bars.h"
#include "analysisd/session.h"
#include "common/clock.h"
#include "common/decimal.h"

#define SLOT_SECONDS ((double)CANDLE_M5_US / CLOCK_SECOND_US)

/* From the close `back` bars before to the newest one's. */
static void
write_change(struct json_text *json, const char *key, const struct market_state *state,
    int64_t back)
{
	const struct candle *then = market_state_bar(state, back);
	double from = then == NULL ? NAN : decimal_to_double(then->close_e8);
	double change = decimal_to_double(market_state_bar(state, 0)->close_e8) - from;
	char text[CLOCK_TEXT_SIZE];

	json_text_open(json, key);
	json_text_word(json, "from_time",
	    then == NULL ? NULL : clock_format(then->open_time_us, 0, text));
	json_text_figure(json, "absolute", change);
	json_text_figure(json, "percent", from > 0 ? 100 * change / from : NAN);
	json_text_close(json);
}

static void
write_changes(struct json_text *json, const struct market_state *state)
{
	json_text_open(json, "change");
	write_change(json, "bars_1", state, 1);
	write_change(json, "bars_12", state, 12);
	write_change(json, "bars_288", state, 288);
	json_text_close(json);
}

static void
write_candle(struct json_text *json, const struct candle *candle)
{
	double open = decimal_to_double(candle->open_e8);
	double high = decimal_to_double(candle->high_e8);
	double low = decimal_to_double(candle->low_e8);
	double close = decimal_to_double(candle->close_e8);
	double range = high - low;

	json_text_open(json, "candle");
	json_text_number(json, "open", open);
	json_text_number(json, "high", high);
	json_text_number(json, "low", low);
	json_text_number(json, "close", close);
	json_text_figure(json, "body", close - open);
	json_text_figure(json, "range", range);
	json_text_figure(json, "body_to_range", range > 0 ? fabs(close - open) / range : NAN);
	json_text_close(json);
}

static void
write_volume(struct json_text *json, const struct candle *candle)
{
	bool known = day_bars_sided(candle) && candle->volume > 0;

	json_text_open(json, "volume");
	json_text_number(json, "base", candle->volume);
	json_text_number(json, "quote", candle->quote_volume);
	json_text_figure(json, "buy_share",
	    known ? candle->taker_buy_volume / candle->volume : NAN);
	json_text_integer(json, "trades", candle->trades);
	json_text_figure(json, "trades_per_second", (double)candle->trades / SLOT_SECONDS);
	json_text_close(json);
}

static void
write_ticks(struct json_text *json, const struct candle_ticks *ticks,
    const struct spread_figures *spread, double close)
{
	bool stored = ticks->ticks > 0;

	json_text_open(json, "ticks");
	json_text_integer(json, "stored", ticks->ticks);
	json_text_figure(json, "ticks_per_second",
	    stored ? (double)ticks->ticks / SLOT_SECONDS : NAN);
	json_text_integer(json, "with_spread", ticks->spreads);
	json_text_figure(json, "spread_mean", spread->mean);
	json_text_figure(json, "spread_median", spread->median);
	json_text_number(json, "spread_min", spread->min);
	json_text_number(json, "spread_max", spread->max);
	json_text_figure(json, "spread_median_percent",
	    close > 0 ? 100 * spread->median / close : NAN);
	json_text_close(json);
}

static void
write_volatility(struct json_text *json, const struct market_state *state)
{
	struct volatility volatility = volatility_measure(&state->frames[TIMEFRAME_M5]);

	json_text_open(json, "volatility");
	json_text_figure(json, "atr14", volatility.atr);
	json_text_figure(json, "atr14_relative", volatility.atr_relative);
	json_text_figure(json, "atr14_ratio", volatility.atr_ratio);
	json_text_word(json, "regime", regime_volatility_name(volatility.regime));
	json_text_word(json, "structure", regime_structure_name(volatility.structure));
	json_text_close(json);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	const struct market_state *state = input->state;
	const struct candle *candle = market_state_bar(state, 0);
	double close = decimal_to_double(candle->close_e8), confidence;

	json_text_start(json);
	json_text_number(json, "price", close);
	write_changes(json, state);
	json_text_word(json, "session", session_name(session_at(candle->open_time_us)));
	write_candle(json, candle);
	write_volume(json, candle);
	write_ticks(json, input->ticks, input->spread, close);
	write_volatility(json, state);
	inputs_write(json, input->frame);
	confidence = inputs_write_confidence(json, input->frame);
	json_text_close(json);
	return confidence;
}

const struct analysis enhanced_symbol_analysis = {
	.type = "enhanced_symbol_analysis",
	.timeframes = 1U << TIMEFRAME_M5,
	.reads_ticks = true,
	.write = write,
};
