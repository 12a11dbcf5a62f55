#include "analysisd/analyses/volatility_analysis.h"

#include <math.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/regime.h"
#include "common/decimal.h"

struct volatility
volatility_measure(const struct market_state *state)
{
	double close = decimal_to_double(market_state_bar(state, 0)->close_e8);
	double atr = atr_value(&state->atr), mean = market_state_mean_atr(state);
	struct bollinger_bands bands = bollinger_bands(&state->bollinger);
	double ratio = mean > 0 ? atr / mean : NAN;

	return (struct volatility){
		.atr = atr,
		.atr_relative = close > 0 ? atr / close : NAN,
		.atr_mean = mean,
		.atr_ratio = ratio,
		.regime = regime_volatility(ratio),
		.structure = regime_structure(bands.relative_width),
		.bands = bands,
	};
}

static void
write_bollinger(struct json_text *json, const struct market_state *state,
    const struct bollinger_bands *bands)
{
	json_text_open(json, "bollinger");
	json_text_integer(json, "period", state->bollinger.period);
	json_text_number(json, "deviations", state->bollinger.deviations);
	json_text_number(json, "upper", bands->upper);
	json_text_number(json, "middle", bands->middle);
	json_text_number(json, "lower", bands->lower);
	json_text_number(json, "width", bands->width);
	json_text_number(json, "relative_width", bands->relative_width);
	json_text_close(json);
}

void
volatility_analysis_write(struct json_text *json, const struct market_state *state)
{
	struct volatility volatility = volatility_measure(state);

	json_text_start(json);
	json_text_number(json, "price", decimal_to_double(market_state_bar(state, 0)->close_e8));
	json_text_number(json, "atr14", volatility.atr);
	json_text_number(json, "atr14_relative", volatility.atr_relative);
	json_text_number(json, "atr14_mean", volatility.atr_mean);
	json_text_integer(json, "atr14_values", state->atr_values);
	json_text_number(json, "atr14_ratio", volatility.atr_ratio);
	json_text_word(json, "volatility_regime", volatility.regime);
	write_bollinger(json, state, &volatility.bands);
	json_text_word(json, "structure", volatility.structure);
	inputs_write(json, state);
	inputs_write_confidence(json, state);
	json_text_close(json);
}
