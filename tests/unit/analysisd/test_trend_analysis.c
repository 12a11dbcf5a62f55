#include "analysisd/analyses/trend_analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/analysis_run.h"
#include "tests/unit/analysisd/published.h"

#define BARS 260

/* ---- by the definition, from all closes ---- */

static double
mean(const double *closes, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += closes[i];
	return sum / count;
}

/* After `count` closes. */
static double
exponential(const double *closes, int count, int period)
{
	double value;

	if (count < period)
		return NAN;
	value = mean(closes, period);
	for (int i = period; i < count; i++)
		value = closes[i] * 2 / (period + 1) + value * (period - 1) / (period + 1);
	return value;
}

static double
simple(const double *closes, int count, int period)
{
	return count < period ? NAN : mean(closes + count - period, period);
}

static void
assert_averages(const json_t *result, const char *name,
    double (*average)(const double *, int, int), const double *closes, int count)
{
	static const int periods[] = {20, 50, 200};

	for (int i = 0; i < 3; i++) {
		double now = average(closes, count, periods[i]);
		double then = average(closes, count > 10 ? count - 10 : 0, periods[i]);
		char key[32];

		snprintf(key, sizeof(key), "%s%d", name, periods[i]);
		assert_number(result, key, now);
		strcat(key, "_slope");
		if (isnan(then))
			assert_null_member(result, key);
		else /* a small difference of large numbers */
			assert_true(fabs(number(result, key) - 100 * (now - then) / then) < 1e-9);
	}
}

static void
averages_and_slopes_are_those_of_the_definition(void **state)
{
	double closes[BARS], price = 60000;
	unsigned seed = 21;

	run_start(TIMEFRAME_H1);
	for (int i = 0; i < BARS; i++) {
		json_t *result;

		run_random(&seed, &price);
		closes[i] = decimal_to_double(frame_state_bar(run_frame(), 0)->close_e8);
		result = run_read(&trend_analysis);
		assert_averages(result, "ema", exponential, closes, i + 1);
		assert_averages(result, "sma", simple, closes, i + 1);
		json_decref(result);
	}
}

static void
averages_and_adx_are_the_published_ones(void **state)
{
	struct bar bars[PUBLISHED_BARS];
	json_t *ema, *sma, *adx;

	if (published_bars(bars) != PUBLISHED_BARS)
		skip();
	ema = published_results("results/ema.standard.json");
	sma = published_results("results/sma.standard.json");
	adx = published_results("results/adx.standard.json");
	run_start(TIMEFRAME_D1);
	for (int i = 0; i < PUBLISHED_BARS; i++) {
		json_t *result;

		run_push(bars[i].open, bars[i].high, bars[i].low, bars[i].close);
		result = run_read(&trend_analysis);
		assert_number(result, "ema20", published_value(ema, i, "ema"));
		assert_number(result, "sma20", published_value(sma, i, "sma"));
		assert_number(result, "adx14", published_value(adx, i, "adx"));
		assert_number(result, "plus_di", published_value(adx, i, "pdi"));
		assert_number(result, "minus_di", published_value(adx, i, "mdi"));
		json_decref(result);
	}
	json_decref(ema);
	json_decref(sma);
	json_decref(adx);
}

/* ---- verdicts ---- */

static void
assert_all_votes(const json_t *result, double expected)
{
	const json_t *votes = member(result, "votes");

	for (void *at = json_object_iter((json_t *)votes); at != NULL;
	    at = json_object_iter_next((json_t *)votes, at))
		assert_number(votes, json_object_iter_key(at), expected);
}

static void
a_market_that_rises_all_along_is_up_in_every_vote(void **state)
{
	for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++) {
		json_t *result;

		run_start((enum timeframe)timeframe);
		run_ramp(230, 1000, 1);
		result = run_read(&trend_analysis);
		assert_word(result, "direction", "up");
		assert_number(result, "strength", 1);
		assert_word(result, "ema_order", "up");
		assert_word(result, "sma_order", "up");
		assert_all_votes(result, 1);
		assert_number(result, "confidence.agreement", 1);
		json_decref(result);
	}
}

static void
a_market_that_falls_all_along_is_down_in_every_vote(void **state)
{
	for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++) {
		json_t *result;

		run_start((enum timeframe)timeframe);
		run_ramp(230, 1000, -1);
		result = run_read(&trend_analysis);
		assert_word(result, "direction", "down");
		assert_number(result, "strength", 1);
		assert_word(result, "ema_order", "down");
		assert_word(result, "sma_order", "down");
		assert_all_votes(result, -1);
		json_decref(result);
	}
}

static void
a_market_that_stands_still_is_sideways_and_rounding_moves_no_vote(void **state)
{
	static const double prices[] = {0.1, 1.1, 100.1, 63123.45};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		json_t *result;

		run_start(TIMEFRAME_M5);
		run_flat(230, prices[i]);
		result = run_read(&trend_analysis);
		assert_word(result, "direction", "sideways");
		assert_number(result, "strength", 0);
		assert_word(result, "ema_order", "mixed");
		assert_all_votes(result, 0);
		assert_number(result, "confidence.agreement", 1);
		json_decref(result);
	}
}

static void
a_market_that_swings_around_a_price_is_sideways(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M15);
	for (int i = 0; i < 231; i++) {
		double close = 100 + i % 2 * 0.2, open = 100.2 - i % 2 * 0.2;

		run_push(open, 100.4, 99.8, close);
	}
	result = run_read(&trend_analysis);
	assert_word(result, "direction", "sideways");
	assert_number(result, "votes.ema50_slope", 0);
	assert_number(result, "votes.ema200_slope", 0);
	assert_number(result, "votes.di", 0);
	json_decref(result);
}

static void
the_votes_of_an_uptrend_that_has_just_broken_disagree(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_H1);
	run_ramp(230, 1000, 1);
	run_ramp(12, 1220, -10);
	result = run_read(&trend_analysis);
	assert_number(result, "votes.price", -1);
	assert_number(result, "votes.di", -1);
	assert_number(result, "votes.ema200_slope", 1);
	assert_true(number(result, "confidence.agreement") < 0.75);
	json_decref(result);
}

static void
nothing_is_said_before_it_is_defined(void **state)
{
	for (int bars = 1; bars < 60; bars++) {
		json_t *result;

		run_start(TIMEFRAME_M30);
		run_ramp(bars, 1000, 1);
		result = run_read(&trend_analysis);
		assert_null_member(result, "direction");
		assert_null_member(result, "strength");
		assert_null_member(result, "confidence.value");
		assert_null_member(result, "ema200");
		assert_null_member(result, "sma_order");
		assert_true(isnan(run.confidence));
		json_decref(result);
	}
	run_start(TIMEFRAME_M30);
	run_ramp(60, 1000, 1);
	run_write(&trend_analysis);
	assert_true(run.confidence == 0.5); /* three of six votes */
}

static void
vwap_is_told_and_votes_on_m5_alone(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_push_volume(10, 10, 10, 10, 1);
	run_push_volume(20, 20, 20, 20, 3);
	result = run_read(&trend_analysis);
	assert_number(result, "vwap", 17.5);
	assert_number(result, "vwap_distance", 100 * (20 / 17.5 - 1));
	assert_number(result, "votes.vwap", 1);
	json_decref(result);
	run_start(TIMEFRAME_M15);
	run_push_volume(10, 10, 10, 10, 1);
	result = run_read(&trend_analysis);
	assert_null_member(result, "vwap");
	assert_null_member(result, "vwap_distance");
	assert_keys(member(result, "votes"),
	    "price ema_order sma_order ema50_slope ema200_slope di ");
	json_decref(result);
}

static void
its_keys_stand_in_a_fixed_order(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_flat(1, 1);
	result = run_read(&trend_analysis);
	assert_keys(result, "price direction strength votes ema20 ema50 ema200 ema_order "
			    "ema20_slope ema50_slope ema200_slope sma20 sma50 sma200 sma_order "
			    "sma20_slope sma50_slope sma200_slope adx14 plus_di minus_di vwap "
			    "vwap_distance inputs confidence ");
	json_decref(result);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(averages_and_slopes_are_those_of_the_definition),
		cmocka_unit_test(averages_and_adx_are_the_published_ones),
		cmocka_unit_test(a_market_that_rises_all_along_is_up_in_every_vote),
		cmocka_unit_test(a_market_that_falls_all_along_is_down_in_every_vote),
		cmocka_unit_test(a_market_that_stands_still_is_sideways_and_rounding_moves_no_vote),
		cmocka_unit_test(a_market_that_swings_around_a_price_is_sideways),
		cmocka_unit_test(the_votes_of_an_uptrend_that_has_just_broken_disagree),
		cmocka_unit_test(nothing_is_said_before_it_is_defined),
		cmocka_unit_test(vwap_is_told_and_votes_on_m5_alone),
		cmocka_unit_test(its_keys_stand_in_a_fixed_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
