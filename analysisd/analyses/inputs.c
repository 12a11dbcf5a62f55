#include "analysisd/analyses/inputs.h"

#include "common/clock.h"

static void
write_time(struct json_text *json, const char *key, int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];

	json_text_word(json, key, clock_format(time_us, 0, text));
}

void
inputs_write(struct json_text *json, const struct frame_state *frame)
{
	const struct candle *candle = frame_state_bar(frame, 0);

	json_text_open(json, "inputs");
	write_time(json, "candle_time", candle->open_time_us);
	json_text_integer(json, "candle_time_us", candle->open_time_us);
	json_text_integer(json, "revision", candle->revision);
	json_text_boolean(json, "complete", candle->complete);
	json_text_word(json, "origin", candle_origin_name(candle->origin));
	json_text_integer(json, "bars", frame->bars);
	json_text_integer(json, "seed_bars", frame->seed_bars);
	write_time(json, "seeded_at", frame->seeded_us);
	write_time(json, "first_bar_time", frame->first_bar_us);
	json_text_close(json);
}

double
inputs_confidence(const struct market_state *state)
{
	struct market_coverage coverage = market_state_coverage(state);

	return (double)coverage.complete / coverage.slots;
}

void
inputs_write_confidence(struct json_text *json, const struct market_state *state)
{
	struct market_coverage coverage = market_state_coverage(state);

	json_text_open(json, "confidence");
	json_text_number(json, "value", inputs_confidence(state));
	json_text_word(json, "explanation",
	    "complete / slots: the share of the M5 slots of the 24 hours up to this candle's end "
	    "that are stored and complete");
	json_text_integer(json, "slots", coverage.slots);
	json_text_integer(json, "present", coverage.present);
	json_text_integer(json, "complete", coverage.complete);
	json_text_close(json);
}
