#include "analysisd/analyses/analyses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysisd/analyses/enhanced_symbol_analysis.h"
#include "analysisd/analyses/volatility_analysis.h"
#include "tests/unit/analysisd/analysis_run.h"

#define E8 INT64_C(100000000)

/* Closes 100, 101, 102, ...; the body is the upper half of the range; a quarter was bought. */
static void
push_bars(int count, enum candle_origin origin)
{
	run_start(TIMEFRAME_M5);
	market_state_start(&run.market, DAY_US - CLOCK_DAY_US, TIMEFRAMES_ALL);
	run.next_us = DAY_US - CLOCK_DAY_US;
	for (int i = 0; i < count; i++)
		run_push_candle((struct candle){
			.open_e8 = (99 + i) * E8,
			.high_e8 = (100 + i) * E8,
			.low_e8 = (98 + i) * E8,
			.close_e8 = (100 + i) * E8,
			.volume = 8,
			.quote_volume = 800,
			.taker_buy_volume = 2,
			.trades = 600,
			.origin = origin,
			.revision = 3,
			.complete = true,
		});
}

static json_t *
enhanced(int bars, enum candle_origin origin)
{
	push_bars(bars, origin);
	candle_ticks_start(&run.ticks, TICK_NONE);
	return run_read(&enhanced_symbol_analysis);
}

static void
of_one_bar_all_that_needs_more_is_null(void **state)
{
	json_t *result = enhanced(1, CANDLE_KLINES);

	assert_number(result, "price", 100);
	assert_null_member(result, "change.bars_1.percent");
	assert_null_member(result, "change.bars_1.absolute");
	assert_null_member(result, "change.bars_12.from_time");
	assert_null_member(result, "ticks.spread_mean");
	assert_null_member(result, "ticks.spread_median_percent");
	assert_null_member(result, "ticks.ticks_per_second");
	assert_null_member(result, "volatility.atr14");
	assert_null_member(result, "volatility.regime");
	assert_null_member(result, "volatility.structure");
	json_decref(result);
	result = run_read(&volatility_analysis);
	assert_null_member(result, "atr14");
	assert_null_member(result, "atr14_mean");
	assert_null_member(result, "atr14_ratio");
	assert_null_member(result, "volatility_regime");
	assert_null_member(result, "bollinger.width");
	assert_null_member(result, "structure");
	assert_number(result, "confidence.value", 1.0 / 288);
	json_decref(result);
}

static void
changes_are_those_from_1_12_and_288_bars_before(void **state)
{
	json_t *result = enhanced(288, CANDLE_TICKS);

	assert_number(result, "price", 387);
	assert_number(result, "change.bars_1.absolute", 1);
	assert_number(result, "change.bars_1.percent", 100.0 / 386);
	assert_number(result, "change.bars_12.absolute", 12);
	assert_word(result, "change.bars_12.from_time", "2024-08-08T22:55:00Z");
	assert_null_member(result, "change.bars_288.percent");
	json_decref(result);
	result = enhanced(289, CANDLE_TICKS);
	assert_number(result, "change.bars_288.absolute", 288);
	assert_number(result, "change.bars_288.percent", 288);
	json_decref(result);
}

static void
the_candle_its_volume_and_its_session_are_told(void **state)
{
	json_t *result = enhanced(10, CANDLE_TICKS);

	assert_word(result, "session", "Asian");
	assert_number(result, "candle.body", 1);
	assert_number(result, "candle.range", 2);
	assert_number(result, "candle.body_to_range", 0.5);
	assert_number(result, "volume.buy_share", 0.25);
	assert_number(result, "volume.trades_per_second", 2);
	assert_number(result, "inputs.revision", 3);
	assert_word(result, "inputs.origin", "ticks");
	json_decref(result);
}

static void
who_bought_is_not_known_of_a_terminals_bars(void **state)
{
	json_t *result = enhanced(10, CANDLE_BARS);

	assert_null_member(result, "volume.buy_share");
	json_decref(result);
}

/* Bars of bids may have volumes: their ticks do not name the aggressor either. */
static void
who_bought_is_not_known_of_bars_of_bids(void **state)
{
	struct candle bids = {.open_e8 = E8, .high_e8 = E8, .low_e8 = E8, .close_e8 = E8,
		.volume = 8, .trades = 10, .origin = CANDLE_TICKS, .first_tick_id = TICK_NONE,
		.last_tick_id = TICK_NONE};
	json_t *result;

	run_start(TIMEFRAME_M5);
	run_push_candle(bids);
	result = run_read(&enhanced_symbol_analysis);
	assert_number(result, "volume.base", 8);
	assert_null_member(result, "volume.buy_share");
	json_decref(result);
}

static void
spreads_come_from_the_ticks(void **state)
{
	json_t *result;

	push_bars(1, CANDLE_TICKS);
	candle_ticks_start(&run.ticks, TICK_NONE);
	for (int i = 1; i <= 30; i++) {
		const struct tick tick = {
			.bid_e8 = 100 * E8, .ask_e8 = 100 * E8 + i * E8, .flags = TICK_TRADE};

		assert_int_equal(candle_ticks_add(&run.ticks, &tick), 0);
	}
	result = run_read(&enhanced_symbol_analysis);
	assert_number(result, "ticks.stored", 30);
	assert_number(result, "ticks.ticks_per_second", 0.1);
	assert_number(result, "ticks.spread_mean", 15.5);
	assert_number(result, "ticks.spread_median", 15.5);
	assert_number(result, "ticks.spread_median_percent", 15.5);
	assert_number(result, "ticks.spread_max", 30);
	json_decref(result);
}

static void
a_steady_market_is_normal_and_its_atr_is_its_range(void **state)
{
	json_t *result;

	push_bars(60, CANDLE_TICKS);
	result = run_read(&volatility_analysis);
	assert_number(result, "atr14", 2);
	assert_number(result, "atr14_mean", 2);
	assert_number(result, "atr14_values", 46);
	assert_number(result, "atr14_relative", 2.0 / 159);
	assert_word(result, "volatility_regime", "NORMAL");
	assert_number(result, "bollinger.middle", 149.5);
	assert_number(result, "bollinger.width", 4 * sqrt(33.25));
	assert_word(result, "structure", "TREND");
	json_decref(result);
}

static void
a_market_without_movement_has_no_ratio(void **state)
{
	json_t *result;

	run_start(TIMEFRAME_M5);
	for (int i = 0; i < 60; i++)
		run_push_candle((struct candle){
			.open_e8 = E8, .high_e8 = E8, .low_e8 = E8, .close_e8 = E8});
	result = run_read(&volatility_analysis);
	assert_number(result, "atr14", 0);
	assert_null_member(result, "atr14_ratio");
	assert_null_member(result, "volatility_regime");
	assert_word(result, "structure", "RANGE");
	assert_number(result, "confidence.value", 0);
	assert_number(result, "confidence.present", 60);
	json_decref(result);
}

static void
the_same_candles_give_the_same_bytes(void **state)
{
	candle_ticks_start(&run.ticks, TICK_NONE);
	for (int i = 0; analyses[i] != NULL; i++) {
		char first[JSON_TEXT_SIZE];

		push_bars(500, CANDLE_TICKS);
		if (!run_applies(analyses[i]))
			continue;
		run_write(analyses[i]);
		memcpy(first, run.json.text, run.json.length + 1);
		push_bars(20, CANDLE_KLINES);
		run_write(analyses[i]);
		push_bars(500, CANDLE_TICKS);
		run_write(analyses[i]);
		assert_string_equal(first, run.json.text);
	}
}

/* Every number in it, however deep. */
static void
assert_finite(const json_t *value)
{
	if (json_is_number(value))
		assert_true(isfinite(json_number_value(value)));
	for (void *at = json_object_iter((json_t *)value); at != NULL;
	    at = json_object_iter_next((json_t *)value, at))
		assert_finite(json_object_iter_value(at));
	for (size_t i = 0; i < json_array_size(value); i++)
		assert_finite(json_array_get(value, i));
}

static void
assert_sound(const struct analysis *analysis)
{
	json_t *result = run_read(analysis);

	assert_finite(result);
	assert_true(isnan(run.confidence) || (run.confidence >= 0 && run.confidence <= 1));
	assert_number(result, "confidence.value", run.confidence);
	assert_true(run.json.length < 1100);
	json_decref(result);
}

static void
random_candles_give_finite_numbers_short_rows_and_a_confidence_within_0_and_1(void **state)
{
	candle_ticks_start(&run.ticks, TICK_NONE);
	for (int timeframe = 0; timeframe < TIMEFRAMES; timeframe++) {
		unsigned seed = 5 + (unsigned)timeframe;
		double price = 0.5 + rand_r(&seed) % 60000;

		run_start((enum timeframe)timeframe);
		for (int bars = 0; bars < 280; bars++) {
			run_random(&seed, &price);
			for (int i = 0; analyses[i] != NULL; i++)
				if (run_applies(analyses[i]))
					assert_sound(analyses[i]);
		}
	}
}

static void
the_technical_analyses_are_written_at_the_bars_of_every_timeframe(void **state)
{
	static const char *const types[] = {"volatility_analysis", "trend_analysis",
		"momentum_analysis", "market_structure", "support_resistance"};
	size_t found = 0;

	for (size_t type = 0; type < sizeof(types) / sizeof(types[0]); type++)
		for (int i = 0; analyses[i] != NULL; i++)
			if (strcmp(analyses[i]->type, types[type]) == 0) {
				assert_int_equal(analyses[i]->timeframes, TIMEFRAMES_ALL);
				found++;
			}
	assert_int_equal(found, sizeof(types) / sizeof(types[0]));
	assert_int_equal(enhanced_symbol_analysis.timeframes, 1U << TIMEFRAME_M5);
}

static void
their_keys_stand_in_a_fixed_order(void **state)
{
	json_t *result = enhanced(30, CANDLE_TICKS);

	assert_keys(result,
	    "price change session candle volume ticks volatility inputs confidence ");
	assert_keys(member(result, "inputs"),
	    "revision complete origin bars seed_bars first_bar_us ");
	assert_keys(member(result, "confidence"), "value slots present complete ");
	json_decref(result);
	result = run_read(&volatility_analysis);
	assert_keys(result, "price atr14 atr14_relative atr14_mean atr14_values atr14_ratio "
			    "volatility_regime bollinger structure inputs confidence ");
	assert_keys(member(result, "bollinger"), "upper middle lower width relative_width ");
	json_decref(result);
}

static int
prepare(void **state)
{
	candle_ticks_init(&run.ticks);
	return 0;
}

static int
finish(void **state)
{
	candle_ticks_finish(&run.ticks);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_one_bar_all_that_needs_more_is_null),
		cmocka_unit_test(changes_are_those_from_1_12_and_288_bars_before),
		cmocka_unit_test(the_candle_its_volume_and_its_session_are_told),
		cmocka_unit_test(who_bought_is_not_known_of_a_terminals_bars),
		cmocka_unit_test(who_bought_is_not_known_of_bars_of_bids),
		cmocka_unit_test(spreads_come_from_the_ticks),
		cmocka_unit_test(a_steady_market_is_normal_and_its_atr_is_its_range),
		cmocka_unit_test(a_market_without_movement_has_no_ratio),
		cmocka_unit_test(the_same_candles_give_the_same_bytes),
		cmocka_unit_test(their_keys_stand_in_a_fixed_order),
		cmocka_unit_test(the_technical_analyses_are_written_at_the_bars_of_every_timeframe),
		cmocka_unit_test(
		    random_candles_give_finite_numbers_short_rows_and_a_confidence_within_0_and_1),
	};

	return cmocka_run_group_tests(tests, prepare, finish);
}
