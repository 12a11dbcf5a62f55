#include "analysisd/analyses/volatility_analysis.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "common/decimal.h"

struct volatility
volatility_measure(const struct frame_state *frame)
{
	double close = decimal_to_double(frame_state_held(frame, 0)->close_e8);
	double atr = atr_value(&frame->atr), ratio = frame_state_atr_ratio(frame);
	struct bollinger_bands bands = bollinger_bands(&frame->bollinger);

	return (struct volatility){
		.atr = atr,
		.atr_relative = close > 0 ? atr / close : NAN,
		.atr_mean = frame_state_mean_atr(frame),
		.atr_ratio = ratio,
		.regime = regime_volatility(ratio),
		.structure = regime_structure(bands.relative_width),
		.bands = bands,
	};
}

static void
write_bollinger(struct json_text *json, const struct bollinger_bands *bands)
{
	json_text_open(json, "bollinger");
	json_text_figure(json, "upper", bands->upper);
	json_text_figure(json, "middle", bands->middle);
	json_text_figure(json, "lower", bands->lower);
	json_text_figure(json, "width", bands->width);
	json_text_figure(json, "relative_width", bands->relative_width);
	json_text_close(json);
}

static double
write(struct json_text *json, const struct analysis_input *input)
{
	const struct frame_state *frame = input->frame;
	struct volatility volatility = volatility_measure(frame);
	double confidence;

	json_text_start(json);
	json_text_number(json, "price", decimal_to_double(frame_state_held(frame, 0)->close_e8));
	json_text_figure(json, "atr14", volatility.atr);
	json_text_figure(json, "atr14_relative", volatility.atr_relative);
	json_text_figure(json, "atr14_mean", volatility.atr_mean);
	json_text_integer(json, "atr14_values", frame->atr_values);
	json_text_figure(json, "atr14_ratio", volatility.atr_ratio);
	json_text_word(json, "volatility_regime", regime_volatility_name(volatility.regime));
	write_bollinger(json, &volatility.bands);
	json_text_word(json, "structure", regime_structure_name(volatility.structure));
	inputs_write(json, frame);
	confidence = inputs_write_confidence(json, frame);
	json_text_close(json);
	return confidence;
}

const struct analysis volatility_analysis = {
	.type = "volatility_analysis",
	.timeframes = TIMEFRAMES_ALL,
	.write = write,
};
