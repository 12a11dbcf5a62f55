/*
 * Bars and ticks of one symbol, as an analysis of M5 closes is given them: the fixture of the tests
 * of order_flow, offset_calibration and system_health.
 */
#ifndef TESTS_UNIT_ANALYSISD_TICK_ANALYSIS_H
#define TESTS_UNIT_ANALYSISD_TICK_ANALYSIS_H

#include "analysisd/analyses/analyses.h"
#include "analysisd/day_bars.h"
#include "common/clock.h"
#include "tests/unit/analysisd/schema_check.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US) /* 2024-08-09 */
#define E8 DECIMAL_ONE
#define ROW_BYTES 900 /* a row must be shorter */

struct tick_analysis {
	struct market_state market;
	struct candle_ticks ticks;
	struct spread_figures spread;
	struct flow flow;
	struct structure structure;
	struct json_text json;
	const struct trading_hours *hours; /* NULL: nobody said them */
	double confidence;
};

/* Empty, on the day that holds time_us. */
static inline void
tick_analysis_start(struct tick_analysis *t, int64_t time_us)
{
	market_state_start(&t->market, time_us, TIMEFRAMES_ALL);
	candle_ticks_start(&t->ticks, TICK_NONE);
	flow_start(&t->flow, time_us);
}

/* A bar of 600 trades and 60 units, 40 of them bought, at a close of 200. */
static inline struct candle
tick_analysis_bar(int64_t open_time_us)
{
	return (struct candle){
		.open_time_us = open_time_us,
		.open_e8 = 199 * E8,
		.high_e8 = 201 * E8,
		.low_e8 = 198 * E8,
		.close_e8 = 200 * E8,
		.volume = 60,
		.quote_volume = 12000,
		.taker_buy_volume = 40,
		.trades = 600,
		.first_tick_id = 1,
		.last_tick_id = 600,
		.origin = CANDLE_TICKS,
		.complete = true,
	};
}

static inline void
tick_analysis_push(struct tick_analysis *t, struct candle bar)
{
	assert_int_equal(market_state_push(&t->market, &bar, NULL, NULL), 0);
}

/* `count` of those bars, the last of which ends at end_us. */
static inline void
tick_analysis_push_until(struct tick_analysis *t, int64_t end_us, int count)
{
	for (int i = count; i > 0; i--)
		tick_analysis_push(t, tick_analysis_bar(end_us - i * CANDLE_M5_US));
}

/* As the walk begins the ticks of a slot. */
static inline void
tick_analysis_start_slot(struct tick_analysis *t, int64_t open_us)
{
	const struct frame_state *frame = market_state_frame(&t->market, TIMEFRAME_M5);
	struct day_bars day = day_bars_before(frame, open_us);

	candle_ticks_start(&t->ticks, day_bars_large_above(&day));
}

static inline void
tick_analysis_add(struct tick_analysis *t, const struct tick *tick)
{
	assert_int_equal(candle_ticks_add(&t->ticks, tick), 0);
	flow_add(&t->flow, tick);
}

/* A trade at a bid of 200. */
static inline struct tick
tick_analysis_trade(int64_t time_us, double volume, uint32_t flags)
{
	return (struct tick){
		.time_us = time_us,
		.price_e8 = 200 * E8,
		.volume_e8 = (int64_t)(volume * 1e8),
		.bid_e8 = 200 * E8,
		.ask_e8 = 201 * E8,
		.flags = TICK_TRADE | flags,
	};
}

static inline struct analysis_input
tick_analysis_input(struct tick_analysis *t, const struct offsets *offsets)
{
	t->spread = candle_ticks_spread(&t->ticks);
	t->structure = structure_measure(market_state_frame(&t->market, TIMEFRAME_M5));
	return (struct analysis_input){
		.state = &t->market,
		.frame = market_state_frame(&t->market, TIMEFRAME_M5),
		.structure = &t->structure,
		.ticks = &t->ticks,
		.spread = &t->spread,
		.flow = &t->flow,
		.offsets = offsets,
		.hours = t->hours,
	};
}

static inline const struct analysis *
tick_analysis_named(const char *type)
{
	for (size_t i = 0; analyses[i] != NULL; i++)
		if (strcmp(analyses[i]->type, type) == 0)
			return analyses[i];
	fail_msg("%s is not listed", type);
	return NULL;
}

static inline bool
tick_analysis_applies(struct tick_analysis *t, const char *type, const struct offsets *offsets)
{
	struct analysis_input input = tick_analysis_input(t, offsets);
	const struct analysis *analysis = tick_analysis_named(type);

	assert_int_equal(analysis->timeframes, 1U << TIMEFRAME_M5);
	return analysis->applies == NULL || analysis->applies(&input);
}

/* The result, which keeps its schema and its size; the caller's reference. */
static inline json_t *
tick_analysis_write(struct tick_analysis *t, const char *type, const struct offsets *offsets)
{
	struct analysis_input input = tick_analysis_input(t, offsets);
	json_t *result;

	t->confidence = tick_analysis_named(type)->write(&t->json, &input);
	assert_in_range(t->json.length, 1, ROW_BYTES - 1);
	result = schema_check_read(type, t->json.text);
	if (isnan(t->confidence))
		assert_null_member(result, "confidence.value");
	else
		assert_true(json_number_value(schema_check_member(result, "confidence.value")) ==
		    t->confidence);
	return result;
}

#endif
