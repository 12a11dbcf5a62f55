/*
 * One frame, bar by bar, and what an analysis says of it: for the tests of analyses.
 */
#ifndef TESTS_UNIT_ANALYSISD_ANALYSIS_RUN_H
#define TESTS_UNIT_ANALYSISD_ANALYSIS_RUN_H

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysisd/analyses/analyses.h"
#include "common/clock.h"

#define DAY_US (INT64_C(19944) * CLOCK_DAY_US) /* 2024-08-09 */

/* What an analysis looks at, and what it said last. */
static struct analysis_run {
	struct market_state market;
	enum timeframe timeframe;
	int64_t next_us; /* where the next bar opens */
	struct candle_ticks ticks;
	struct json_text json;
	double confidence;
} run;

static inline struct frame_state *
run_frame(void)
{
	return &run.market.frames[run.timeframe];
}

/* An empty market, seeded at DAY_US. */
static inline void
run_start(enum timeframe timeframe)
{
	run.timeframe = timeframe;
	run.next_us = DAY_US;
	market_state_start(&run.market, DAY_US, TIMEFRAMES_ALL);
}

static inline int64_t
to_e8(double price)
{
	return llround(price * 1e8);
}

/* The next bar; what of it matters to nobody is as good as anything. */
static inline void
run_push_candle(struct candle candle)
{
	candle.open_time_us = run.next_us;
	run.next_us += timeframe_length(run.timeframe);
	if (run.timeframe == TIMEFRAME_M5)
		assert_int_equal(market_state_push(&run.market, &candle, NULL, NULL), 0);
	else
		frame_state_push(run_frame(), &candle);
}

static inline void
run_push_volume(double open, double high, double low, double close, double volume)
{
	run_push_candle((struct candle){.open_e8 = to_e8(open), .high_e8 = to_e8(high),
		.low_e8 = to_e8(low), .close_e8 = to_e8(close), .volume = volume, .trades = 10,
		.complete = true});
}

static inline void
run_push(double open, double high, double low, double close)
{
	run_push_volume(open, high, low, close, 1);
}

/* `count` closes from `first` on, `step` apart; a bar reaches half a unit beyond its body. */
static inline void
run_ramp(int count, double first, double step)
{
	for (int i = 0; i < count; i++) {
		double close = first + i * step, open = close - step;

		run_push(open, fmax(open, close) + 0.5, fmin(open, close) - 0.5, close);
	}
}

/* Prices that stand still. */
static inline void
run_flat(int count, double price)
{
	for (int i = 0; i < count; i++)
		run_push(price, price, price, price);
}

/* A bar of random size around where the last one closed: never the same twice. */
static inline void
run_random(unsigned *seed, double *price)
{
	double open = *price, close = open * (1 + (rand_r(seed) % 2001 - 1000) / 1e5);
	double high = fmax(open, close) * (1 + rand_r(seed) % 500 / 1e5);
	double low = fmin(open, close) * (1 - rand_r(seed) % 500 / 1e5);

	run_push_candle((struct candle){.open_e8 = to_e8(open), .high_e8 = to_e8(high),
		.low_e8 = to_e8(low), .close_e8 = to_e8(close), .volume = rand_r(seed) % 100,
		.trades = rand_r(seed) % 50, .complete = rand_r(seed) % 8 != 0});
	*price = close;
}

/* ---- what is said ---- */

/* What an analysis sees of the run; `structure` and `spread` are where it points to. */
static inline struct analysis_input
run_input(struct structure *structure, struct spread_figures *spread)
{
	bool m5 = run.timeframe == TIMEFRAME_M5;

	*structure = structure_measure(run_frame());
	*spread = candle_ticks_spread(&run.ticks);
	return (struct analysis_input){
		.state = &run.market,
		.frame = run_frame(),
		.structure = structure,
		.ticks = m5 ? &run.ticks : NULL,
		.spread = m5 ? spread : NULL,
	};
}

/* Whether it is written at the newest bar. */
static inline bool
run_applies(const struct analysis *analysis)
{
	struct structure structure;
	struct spread_figures spread;
	struct analysis_input input = run_input(&structure, &spread);

	return (analysis->timeframes & 1U << run.timeframe) != 0 &&
	    (analysis->applies == NULL || analysis->applies(&input));
}

/* The result's text is in run.json. */
static inline void
run_write(const struct analysis *analysis)
{
	struct structure structure;
	struct spread_figures spread;
	struct analysis_input input = run_input(&structure, &spread);

	run.confidence = analysis->write(&run.json, &input);
}

/* The caller's reference. */
static inline json_t *
run_read(const struct analysis *analysis)
{
	json_t *result;

	run_write(analysis);
	result = json_loads(run.json.text, 0, NULL);
	assert_non_null(result);
	return result;
}

/* "a.b.0.c" in nested objects and lists. */
static inline const json_t *
member(const json_t *value, const char *path)
{
	char copy[128], *rest = NULL;

	strncpy(copy, path, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *key = strtok_r(copy, ".", &rest); key != NULL;
	    key = strtok_r(NULL, ".", &rest)) {
		value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10)) :
					       json_object_get(value, key);
		if (value == NULL)
			fail_msg("no member %s of %s", key, path);
	}
	return value;
}

/* NAN for null. */
static inline double
number(const json_t *result, const char *path)
{
	const json_t *value = member(result, path);

	assert_true(json_is_number(value) || json_is_null(value));
	return json_is_null(value) ? NAN : json_number_value(value);
}

/* To the ten digits that a figure has; NAN for null. */
static inline void
assert_number(const json_t *result, const char *path, double expected)
{
	double got = number(result, path), slack = 2e-9 * fabs(expected) + 1e-11;

	if (isnan(expected) ? !isnan(got) : !(fabs(got - expected) <= slack))
		fail_msg("%s is %.17g, not %.17g", path, got, expected);
}

static inline void
assert_null_member(const json_t *result, const char *path)
{
	if (!json_is_null(member(result, path)))
		fail_msg("%s is not null", path);
}

static inline void
assert_word(const json_t *result, const char *path, const char *expected)
{
	if (!json_is_string(member(result, path)))
		fail_msg("%s is no word", path);
	assert_string_equal(json_string_value(member(result, path)), expected);
}

/* The keys of an object, in their order, each followed by a space. */
static inline void
assert_keys(const json_t *object, const char *expected)
{
	char keys[1024] = "";

	for (void *at = json_object_iter((json_t *)object); at != NULL;
	    at = json_object_iter_next((json_t *)object, at)) {
		strcat(keys, json_object_iter_key(at));
		strcat(keys, " ");
	}
	assert_string_equal(keys, expected);
}

#endif
