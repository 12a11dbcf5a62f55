/*
 * Two analyses in place of the real ones, for tests of the walks: whatever a walk may get wrong
 * changes their bytes, and what the real ones say is none of these tests' business.
 */
#ifndef TESTS_UNIT_ANALYSISD_PROBE_H
#define TESTS_UNIT_ANALYSISD_PROBE_H

#include "analysisd/analyses/analyses.h"
#include "common/decimal.h"

static void
probe_bar(struct json_text *json, const struct candle *bar)
{
	json_text_open(json, "bar");
	json_text_integer(json, "time", bar->open_time_us);
	json_text_integer(json, "open", bar->open_e8);
	json_text_integer(json, "high", bar->high_e8);
	json_text_integer(json, "low", bar->low_e8);
	json_text_integer(json, "close", bar->close_e8);
	json_text_number(json, "volume", bar->volume);
	json_text_integer(json, "trades", bar->trades);
	json_text_integer(json, "revision", bar->revision);
	json_text_boolean(json, "complete", bar->complete);
	json_text_close(json);
}

static void
probe_indicators(struct json_text *json, const struct frame_state *frame)
{
	json_text_integer(json, "bars", frame->bars);
	json_text_integer(json, "seed_bars", frame->seed_bars);
	json_text_integer(json, "seeded_us", frame->seeded_us);
	json_text_integer(json, "first_bar_us", frame->first_bar_us);
	json_text_number(json, "sma200", sma_value(&frame->sma200));
	json_text_number(json, "ema200", ema_value(&frame->ema200));
	json_text_number(json, "rsi", rsi_value(&frame->rsi));
	json_text_number(json, "adx", adx_values(&frame->adx).adx);
	json_text_number(json, "atr", atr_value(&frame->atr));
	json_text_number(json, "atr_ratio", frame_state_atr_ratio(frame));
	json_text_number(json, "histogram", macd_values(&frame->macd).histogram);
	json_text_number(json, "k", stochastic_values(&frame->stochastic).k);
}

static double
probe_write_frame(struct json_text *json, const struct analysis_input *input)
{
	struct market_coverage coverage = market_state_coverage(input->state);

	json_text_start(json);
	probe_bar(json, frame_state_bar(input->frame, 0));
	probe_indicators(json, input->frame);
	json_text_number(json, "vwap", vwap_values(&input->state->vwap).vwap);
	json_text_integer(json, "present", coverage.present);
	json_text_boolean(json, "bos", input->structure->bos_up || input->structure->bos_down);
	json_text_close(json);
	return (double)coverage.complete / coverage.slots;
}

static void
probe_spread(struct json_text *json, const struct spread_figures *spread)
{
	json_text_open(json, "spread");
	json_text_number(json, "mean", spread->mean);
	json_text_number(json, "median", spread->median);
	json_text_number(json, "min", spread->min);
	json_text_number(json, "max", spread->max);
	json_text_close(json);
}

/* The ten windows of the slot, which look back half an hour. */
static double
probe_write_ticks(struct json_text *json, const struct analysis_input *input)
{
	const struct candle *bar = frame_state_bar(input->frame, 0);
	char key[] = "w0";

	json_text_start(json);
	json_text_integer(json, "ticks", input->ticks->ticks);
	json_text_integer(json, "trades", input->ticks->trades);
	probe_spread(json, input->spread);
	for (int i = 0; i < 10; i++) {
		struct flow_pressure pressure = flow_pressure(input->flow,
		    bar->open_time_us + (i + 1) * FLOW_WINDOW_US);

		key[1] = (char)('0' + i);
		json_text_open(json, key);
		json_text_number(json, "buy", pressure.buy);
		json_text_number(json, "sell", pressure.sell);
		json_text_number(json, "z", pressure.z);
		json_text_integer(json, "trades", pressure.trades);
		json_text_close(json);
	}
	json_text_close(json);
	return 0.5;
}

static const struct analysis probe_frame = {
	.type = "probe_frame",
	.timeframes = TIMEFRAMES_ALL,
	.write = probe_write_frame,
};

static const struct analysis probe_ticks = {
	.type = "probe_ticks",
	.timeframes = 1U << TIMEFRAME_M5,
	.reads_ticks = true,
	.write = probe_write_ticks,
};

/* Takes the place of the daemon's list, which an archive would only give where none is. */
const struct analysis *const analyses[] = {&probe_frame, &probe_ticks, NULL};

#define PROBE_M5 2 /* rows that a candle has in M5 */

#endif
