#include "analysisd/analyses/momentum_analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/analysis_run.h"
#include "tests/unit/analysisd/published.h"

#define BARS 120

static void
its_indicators_are_the_published_ones(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	json_t *rsi, *macd, *stochastic;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	rsi = published_results("results/rsi.standard.json");
	macd = published_results("results/macd.standard.json");
	stochastic = published_results("results/stoch.standard.json");
	run_start(TIMEFRAME_D1);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		json_t *result;

		run_push(bars[i].open, bars[i].high, bars[i].low, bars[i].close);
		result = run_read(&momentum_analysis);
		assert_number(result, "rsi14", published_value(rsi, i, "rsi"));
		assert_number(result, "macd", published_value(macd, i, "macd"));
		assert_number(result, "macd_signal", published_value(macd, i, "signal"));
		assert_number(result, "histogram", published_value(macd, i, "histogram"));
		assert_number(result, "stochastic_k", published_value(stochastic, i, "k"));
		assert_number(result, "stochastic_d", published_value(stochastic, i, "d"));
		if (i >= 2) {
			assert_number(result, "rsi14_2", published_value(rsi, i - 2, "rsi"));
			assert_number(result, "histogram_1",
			    published_value(macd, i - 1, "histogram"));
			assert_number(result, "histogram_2",
			    published_value(macd, i - 2, "histogram"));
		}
		json_decref(result);
	}
	json_decref(rsi);
	json_decref(macd);
	json_decref(stochastic);
}

/* Root of the mean of the last 20 squared log returns. */
static double
realised(const double *closes, int count)
{
	double sum = 0;

	if (count < 21)
		return NAN;
	for (int i = count - 20; i < count; i++)
		sum += pow(log(closes[i] / closes[i - 1]), 2);
	return sqrt(sum / 20);
}

static void
change_volume_and_realised_volatility_are_those_of_the_definition(void **state)
{
	double closes[BARS], volumes[BARS], price = 1.1;
	unsigned seed = 77;

	run_start(TIMEFRAME_M15);
	for (int i = 0; i < BARS; i++) {
		const struct candle *bar;
		double mean = NAN;
		json_t *result;

		run_random(&seed, &price);
		bar = frame_state_bar(run_frame(), 0);
		closes[i] = decimal_to_double(bar->close_e8);
		volumes[i] = bar->volume;
		if (i >= 19) {
			mean = 0;
			for (int at = i - 19; at <= i; at++)
				mean += volumes[at] / 20;
		}
		result = run_read(&momentum_analysis);
		assert_number(result, "roc10",
		    i < 10 ? NAN : 100 * (closes[i] - closes[i - 10]) / closes[i - 10]);
		assert_number(result, "volume", volumes[i]);
		assert_number(result, "volume_sma20", mean);
		assert_number(result, "volume_ratio", volumes[i] / mean);
		assert_number(result, "realised_volatility20", realised(closes, i + 1));
		json_decref(result);
	}
}

/* ---- verdicts ---- */

/* Each step is longer than the one before, and the last bar has twice the volume. */
static json_t *
accelerating(int sign)
{
	double close = 1000;

	run_start(TIMEFRAME_M5);
	for (int i = 1; i < 60; i++) {
		double open = close;

		/* One step in six goes the other way, or nothing could be said to rise. */
		close += sign * (i % 6 == 0 ? -1 : 0.1 * i);
		run_push_volume(open, fmax(open, close), fmin(open, close), close,
		    i == 59 ? 20 : 10);
	}
	return run_read(&momentum_analysis);
}

static void
a_rise_that_gathers_speed_is_bullish(void **state)
{
	json_t *result = accelerating(+1);

	assert_word(result, "verdict", "bullish");
	assert_number(result, "votes.rsi", 1);
	assert_number(result, "votes.macd", 1);
	assert_number(result, "votes.macd_signal", 1);
	assert_number(result, "votes.stochastic", 1);
	assert_number(result, "votes.roc", 1);
	assert_number(result, "votes.volume", 1);
	assert_word(result, "rsi_zone", "overbought");
	assert_word(result, "rsi_direction", "rising");
	assert_word(result, "histogram_direction", "rising");
	assert_number(result, "strength", 1);
	json_decref(result);
}

static void
a_fall_that_gathers_speed_is_bearish(void **state)
{
	json_t *result = accelerating(-1);

	assert_word(result, "verdict", "bearish");
	assert_number(result, "votes.rsi", -1);
	assert_number(result, "votes.macd", -1);
	assert_number(result, "votes.volume", -1);
	assert_word(result, "rsi_zone", "oversold");
	assert_word(result, "rsi_direction", "falling");
	assert_word(result, "histogram_direction", "falling");
	assert_number(result, "strength", 1);
	json_decref(result);
}

static void
a_market_that_stands_still_is_neutral_and_has_no_rsi(void **state)
{
	static const double prices[] = {0.1, 1.1, 100.1, 63123.45};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		json_t *result;

		run_start(TIMEFRAME_H1);
		run_flat(60, prices[i]);
		result = run_read(&momentum_analysis);
		assert_word(result, "verdict", "neutral");
		assert_number(result, "strength", 0);
		assert_null_member(result, "rsi14");
		assert_null_member(result, "rsi_zone");
		assert_null_member(result, "rsi_direction");
		assert_null_member(result, "stochastic_k");
		assert_word(result, "histogram_direction", "flat");
		assert_number(result, "roc10", 0);
		assert_number(result, "volume_ratio", 1);
		assert_number(result, "votes.volume", 0);
		assert_number(result, "confidence.agreement", 5.0 / 8);
		json_decref(result);
	}
}

static void
a_steady_rise_is_bullish_though_it_gathers_no_speed(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_H4);
	run_ramp(60, 1000, 1);
	result = run_read(&momentum_analysis);
	assert_word(result, "verdict", "bullish");
	assert_number(result, "rsi14", 100);
	assert_word(result, "rsi_direction", "flat");
	assert_number(result, "votes.histogram", 0);
	assert_number(result, "votes.roc", 1);
	json_decref(result);
}

/* RSI of `rises` rises and `falls` falls of 1 among the first 14 changes is 100 rises / 14. */
static json_t *
rsi_of(int rises)
{
	double close = 100;

	run_start(TIMEFRAME_M5);
	run_push(close, close, close, close);
	for (int i = 0; i < 14; i++) {
		close += i < rises ? 1 : -1;
		run_push(close, close, close, close);
	}
	return run_read(&momentum_analysis);
}

static void
the_zone_of_rsi_goes_by_30_45_55_and_70(void **state)
{
	static const char *const zones[] = {"oversold", "oversold", "oversold", "oversold",
		"oversold", "weak", "weak", "neutral", "strong", "strong", "overbought",
		"overbought", "overbought", "overbought", "overbought"};

	for (int rises = 0; rises <= 14; rises++) {
		json_t *result = rsi_of(rises);

		assert_number(result, "rsi14", 100.0 * rises / 14);
		assert_word(result, "rsi_zone", zones[rises]);
		assert_number(result, "votes.rsi", rises < 7 ? -1 : rises > 7 ? 1 : 0);
		json_decref(result);
	}
}

static void
much_volume_votes_for_the_way_the_bar_went_and_little_does_not(void **state)
{
	static const struct {
		double close, volume, vote;
	} cases[] = {{11, 40, 1}, {9, 40, -1}, {10, 40, 0}, {11, 14, 0}, {9, 0, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *result;

		run_start(TIMEFRAME_D1);
		for (int bar = 0; bar < 19; bar++)
			run_push_volume(10, 10, 10, 10, 10);
		run_push_volume(10, 12, 8, cases[i].close, cases[i].volume);
		result = run_read(&momentum_analysis);
		assert_number(result, "votes.volume", cases[i].vote);
		json_decref(result);
	}
}

static void
nothing_is_said_before_it_is_defined(void **state)
{
	for (int bars = 1; bars <= 14; bars++) {
		json_t *result;

		run_start(TIMEFRAME_H1);
		run_ramp(bars, 1000, 1);
		result = run_read(&momentum_analysis);
		assert_null_member(result, "verdict");
		assert_null_member(result, "strength");
		assert_null_member(result, "rsi14");
		assert_null_member(result, "macd");
		assert_null_member(result, "histogram_2");
		assert_null_member(result, "volume_sma20");
		assert_null_member(result, "realised_volatility20");
		assert_null_member(result, "confidence.value");
		assert_true(isnan(run.confidence));
		json_decref(result);
	}
}

static void
without_volume_there_is_no_ratio(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	for (int i = 0; i < 30; i++)
		run_push_volume(10, 11, 9, 10 + i % 2, 0);
	result = run_read(&momentum_analysis);
	assert_number(result, "volume_sma20", 0);
	assert_null_member(result, "volume_ratio");
	assert_null_member(result, "votes.volume");
	json_decref(result);
}

static void
its_keys_stand_in_a_fixed_order(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_flat(1, 1);
	result = run_read(&momentum_analysis);
	assert_keys(result, "price verdict strength votes rsi14 rsi14_2 rsi_direction rsi_zone "
			    "macd macd_signal histogram histogram_1 histogram_2 "
			    "histogram_direction stochastic_k stochastic_d roc10 volume "
			    "volume_sma20 volume_ratio realised_volatility20 inputs confidence ");
	assert_keys(member(result, "votes"),
	    "rsi rsi_direction macd macd_signal histogram stochastic roc volume ");
	json_decref(result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_indicators_are_the_published_ones),
		cmocka_unit_test(change_volume_and_realised_volatility_are_those_of_the_definition),
		cmocka_unit_test(a_rise_that_gathers_speed_is_bullish),
		cmocka_unit_test(a_fall_that_gathers_speed_is_bearish),
		cmocka_unit_test(a_market_that_stands_still_is_neutral_and_has_no_rsi),
		cmocka_unit_test(a_steady_rise_is_bullish_though_it_gathers_no_speed),
		cmocka_unit_test(the_zone_of_rsi_goes_by_30_45_55_and_70),
		cmocka_unit_test(much_volume_votes_for_the_way_the_bar_went_and_little_does_not),
		cmocka_unit_test(nothing_is_said_before_it_is_defined),
		cmocka_unit_test(without_volume_there_is_no_ratio),
		cmocka_unit_test(its_keys_stand_in_a_fixed_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
