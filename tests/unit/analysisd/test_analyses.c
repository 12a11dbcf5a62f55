#include "analysisd/analyses/enhanced_symbol_analysis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysisd/analyses/inputs.h"
#include "analysisd/analyses/volatility_analysis.h"
#include "common/clock.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US)
#define E8 INT64_C(100000000)

static struct market_state market;
static struct candle_ticks ticks;
static struct json_text json;

/* Closes 100, 101, 102, ...; the body is the upper half of the range; a quarter was bought. */
static void
push_bars(int count, enum candle_origin origin)
{
	market_state_start(&market, DAY_US);
	for (int i = 0; i < count; i++) {
		const struct candle candle = {
			.open_time_us = DAY_US - CLOCK_DAY_US + i * CANDLE_M5_US,
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
		};

		market_state_push(&market, &candle);
	}
}

/* The caller's reference. */
static json_t *
read_json(void)
{
	json_t *result = json_loads(json.text, 0, NULL);

	assert_non_null(result);
	return result;
}

static json_t *
enhanced(int bars, enum candle_origin origin)
{
	push_bars(bars, origin);
	candle_ticks_start(&ticks);
	enhanced_symbol_analysis_write(&json, &market, &ticks);
	return read_json();
}

/* "a.b.c" in nested objects. */
static const json_t *
member(const json_t *object, const char *path)
{
	char copy[128], *rest = NULL;

	strncpy(copy, path, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *key = strtok_r(copy, ".", &rest); key != NULL; key = strtok_r(NULL, ".", &rest)) {
		object = json_object_get(object, key);
		if (object == NULL)
			fail_msg("no member %s of %s", key, path);
	}
	return object;
}

static void
assert_number(const json_t *object, const char *path, double expected)
{
	const json_t *value = member(object, path);

	assert_true(json_is_number(value));
	if (fabs(json_number_value(value) - expected) > 1e-12 * fabs(expected))
		fail_msg("%s is %.17g, not %.17g", path, json_number_value(value), expected);
}

static void
assert_null_member(const json_t *object, const char *path)
{
	if (!json_is_null(member(object, path)))
		fail_msg("%s is not null", path);
}

static void
assert_word(const json_t *object, const char *path, const char *expected)
{
	assert_true(json_is_string(member(object, path)));
	assert_string_equal(json_string_value(member(object, path)), expected);
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
	volatility_analysis_write(&json, &market);
	result = read_json();
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

static void
spreads_come_from_the_ticks(void **state)
{
	json_t *result;

	push_bars(1, CANDLE_TICKS);
	candle_ticks_start(&ticks);
	for (int i = 1; i <= 30; i++) {
		const struct tick tick = {
			.bid_e8 = 100 * E8, .ask_e8 = 100 * E8 + i * E8, .flags = TICK_TRADE};

		assert_int_equal(candle_ticks_add(&ticks, &tick), 0);
	}
	enhanced_symbol_analysis_write(&json, &market, &ticks);
	result = read_json();
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
	volatility_analysis_write(&json, &market);
	result = read_json();
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

	market_state_start(&market, DAY_US);
	for (int i = 0; i < 60; i++) {
		const struct candle candle = {.open_time_us = DAY_US + i * CANDLE_M5_US,
			.open_e8 = E8, .high_e8 = E8, .low_e8 = E8, .close_e8 = E8};

		market_state_push(&market, &candle);
	}
	volatility_analysis_write(&json, &market);
	result = read_json();
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
	char first[JSON_TEXT_SIZE];

	push_bars(500, CANDLE_TICKS);
	volatility_analysis_write(&json, &market);
	memcpy(first, json.text, json.length + 1);
	push_bars(20, CANDLE_KLINES);
	volatility_analysis_write(&json, &market);
	push_bars(500, CANDLE_TICKS);
	volatility_analysis_write(&json, &market);
	assert_string_equal(first, json.text);
}

static int
finish(void **state)
{
	candle_ticks_finish(&ticks);
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
		cmocka_unit_test(spreads_come_from_the_ticks),
		cmocka_unit_test(a_steady_market_is_normal_and_its_atr_is_its_range),
		cmocka_unit_test(a_market_without_movement_has_no_ratio),
		cmocka_unit_test(the_same_candles_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
