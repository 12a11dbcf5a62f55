#include "analysisd/analyses/inputs.h"

/* The open time of the oldest slot that coverage is measured over. */
static int64_t
first_slot(const struct frame_state *frame)
{
	int64_t bars = frame->held < INPUTS_LONGER_BARS ? frame->held : INPUTS_LONGER_BARS;

	if (frame->timeframe == TIMEFRAME_M5)
		return frame_state_held(frame, 0)->open_time_us -
		    (INPUTS_M5_SLOTS - 1) * timeframe_length(TIMEFRAME_M5);
	return frame_state_held(frame, bars - 1)->open_time_us;
}

struct inputs_coverage
inputs_coverage(const struct frame_state *frame)
{
	int64_t from_us = first_slot(frame);
	struct inputs_coverage coverage = {
		.slots = (frame_state_end_us(frame) - from_us) / timeframe_length(frame->timeframe),
	};
	const struct candle *bar;

	for (int64_t back = 0; (bar = frame_state_bar(frame, back)) != NULL; back++) {
		if (bar->open_time_us < from_us)
			break;
		coverage.present++;
		coverage.complete += bar->complete;
	}
	return coverage;
}

static double
share(const struct inputs_coverage *coverage)
{
	return (double)coverage->complete / (double)coverage->slots;
}

double
inputs_confidence(const struct frame_state *frame)
{
	struct inputs_coverage coverage = inputs_coverage(frame);

	return share(&coverage);
}

void
inputs_write(struct json_text *json, const struct frame_state *frame)
{
	const struct candle *candle = frame_state_held(frame, 0);

	json_text_open(json, "inputs");
	json_text_integer(json, "revision", candle->revision);
	json_text_boolean(json, "complete", candle->complete);
	json_text_word(json, "origin", candle_origin_name(candle->origin));
	json_text_integer(json, "bars", frame->bars);
	json_text_integer(json, "seed_bars", frame->seed_bars);
	json_text_integer(json, "first_bar_us", frame->first_bar_us);
	json_text_close(json);
}

static void
write_coverage(struct json_text *json, const struct inputs_coverage *coverage)
{
	json_text_integer(json, "slots", coverage->slots);
	json_text_integer(json, "present", coverage->present);
	json_text_integer(json, "complete", coverage->complete);
}

double
inputs_write_confidence(struct json_text *json, const struct frame_state *frame)
{
	struct inputs_coverage coverage = inputs_coverage(frame);

	json_text_open(json, "confidence");
	json_text_number(json, "value", share(&coverage));
	write_coverage(json, &coverage);
	json_text_close(json);
	return share(&coverage);
}

double
inputs_write_agreement(struct json_text *json, const struct frame_state *frame, double agreement)
{
	struct inputs_coverage coverage = inputs_coverage(frame);
	double confidence = share(&coverage) * agreement;

	json_text_open(json, "confidence");
	json_text_number(json, "value", confidence);
	json_text_figure(json, "coverage", share(&coverage));
	json_text_figure(json, "agreement", agreement);
	write_coverage(json, &coverage);
	json_text_close(json);
	return confidence;
}
