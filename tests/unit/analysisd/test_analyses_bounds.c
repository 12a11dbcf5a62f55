/* Whatever prices and volumes a source talks of, and however it is called: sound JSON, with room. */
#include "analysisd/analyses/analyses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analysisd/offsets.h"
#include "tests/unit/analysisd/analysis_run.h"

#define BARS 520 /* more than a seed */

static uint64_t
any_bits(unsigned *seed)
{
	return (uint64_t)rand_r(seed) << 42 ^ (uint64_t)rand_r(seed) << 21 ^ (uint64_t)rand_r(seed);
}

/* A price of as many digits as there can be, mostly; 62 bits: a mid is a sum of two. */
static int64_t
any_price(unsigned *seed)
{
	int64_t e8 = (int64_t)(any_bits(seed) >> 2);

	return rand_r(seed) % 3 == 0 ? 1 + (e8 & 0xff) : e8;
}

/* Any size of double, positive. */
static double
any_volume(unsigned *seed)
{
	return ldexp(1 + (double)(any_bits(seed) >> 12) / 0x1p52, rand_r(seed) % 2000 - 1020);
}

static struct candle
any_candle(unsigned *seed)
{
	int64_t open = any_price(seed), close = any_price(seed), more = any_price(seed);
	int64_t high = open > close ? open : close, low = open < close ? open : close;
	double volume = any_volume(seed);

	return (struct candle){
		.open_e8 = open,
		.high_e8 = more > high ? more : high,
		.low_e8 = more < low ? more : low,
		.close_e8 = close,
		.volume = volume,
		.quote_volume = any_volume(seed),
		.taker_buy_volume = volume / 3,
		.trades = (int64_t)(any_bits(seed) >> 24),
		.first_tick_id = 1,
		.origin = CANDLE_TICKS,
		.revision = INT32_MAX,
		.complete = true,
	};
}

/* Every frame is full of such bars, and the day of such weights. */
static void
fill(unsigned *seed)
{
	for (int i = 0; i < TIMEFRAMES; i++) {
		struct frame_state *frame = &run.market.frames[i];
		int64_t length_us = timeframe_length((enum timeframe)i);

		frame_state_start(frame, (enum timeframe)i);
		for (int bar = 0; bar < BARS; bar++) {
			struct candle candle = any_candle(seed);

			candle.open_time_us = DAY_US + (bar - BARS + 1) * length_us;
			frame_state_push(frame, &candle);
		}
		frame_state_seed(frame, DAY_US + length_us);
	}
	vwap_init(&run.market.vwap);
	for (int bar = 0; bar < BARS; bar++)
		vwap_push(&run.market.vwap, (double)any_price(seed) / 1e8, any_volume(seed));
}

static void
fill_ticks(unsigned *seed, struct flow *flow)
{
	candle_ticks_start(&run.ticks, 1);
	flow_start(flow, DAY_US - 3600 * CLOCK_SECOND_US);
	for (int64_t us = DAY_US - 2000 * CLOCK_SECOND_US; us < DAY_US + CANDLE_M5_US;
	    us += 700000 + rand_r(seed) % 100) {
		const struct tick tick = {.time_us = us, .price_e8 = any_price(seed),
			.bid_e8 = any_price(seed), .ask_e8 = any_price(seed),
			.volume_e8 = any_price(seed),
			.flags = rand_r(seed) % 2 == 0 ? TICK_TRADE | TICK_SELL : TICK_TRADE};

		flow_add(flow, &tick);
		if (us >= DAY_US)
			assert_int_equal(candle_ticks_add(&run.ticks, &tick), 0);
	}
}

static void
fill_offsets(unsigned *seed, const char *against, struct offsets *offsets)
{
	offsets_start(offsets, against, DAY_US);
	for (int i = OFFSETS_INSTANTS - 1; i >= 0; i--) {
		int64_t us = DAY_US - i * OFFSETS_STEP_US;
		const struct tick ours = {.time_us = us - 7, .bid_e8 = any_price(seed),
			.ask_e8 = any_price(seed)};
		const struct tick theirs = {.time_us = us - 9, .bid_e8 = any_price(seed),
			.ask_e8 = any_price(seed)};

		assert_true(offsets_add(offsets, us, &ours, &theirs));
	}
}

/* Sound, and the longest of all so far. */
static size_t
write_one(const struct analysis *analysis, const struct analysis_input *input, size_t longest)
{
	json_t *result;
	json_error_t error;

	if (analysis->applies != NULL && !analysis->applies(input))
		return longest;
	(void)analysis->write(&run.json, input);
	result = json_loads(run.json.text, 0, &error);
	if (result == NULL)
		fail_msg("%s: %s: %s", analysis->type, error.text, run.json.text);
	json_decref(result);
	return run.json.length > longest ? run.json.length : longest;
}

static size_t
write_all(unsigned *seed, const char *against, size_t longest)
{
	static struct flow flow;
	static struct offsets offsets;

	fill(seed);
	fill_ticks(seed, &flow);
	fill_offsets(seed, against, &offsets);
	for (int i = 0; i < TIMEFRAMES; i++) {
		struct structure structure;
		struct spread_figures spread;
		struct analysis_input input;

		run.timeframe = (enum timeframe)i;
		input = run_input(&structure, &spread);
		input.flow = i == TIMEFRAME_M5 ? &flow : NULL;
		input.offsets = i == TIMEFRAME_M5 ? &offsets : NULL;
		for (size_t at = 0; analyses[at] != NULL; at++)
			if ((analyses[at]->timeframes & 1U << i) != 0)
				longest = write_one(analyses[at], &input, longest);
	}
	return longest;
}

static void
the_longest_numbers_fit_with_room_to_spare(void **state)
{
	unsigned seed = 11;
	size_t longest = 0;

	run_start(TIMEFRAME_M5);
	for (int i = 0; i < 60; i++)
		longest = write_all(&seed, "binance:PAXGUSDT", longest);
	print_message("the longest result has %zu of %d bytes\n", longest, JSON_TEXT_SIZE);
	assert_true(longest < JSON_TEXT_SIZE * 3 / 4);
}

static void
a_source_of_any_name_leaves_sound_json(void **state)
{
	static const char *const names[] = {"a\"b:X", "a\\:X", "new\nline:X", "\x01:X", "\xff\xfe:X",
		"\xc3\xa4:X", "{\"a\":1}:X", " :X"};
	char name[5000];
	unsigned seed = 12;

	run_start(TIMEFRAME_M5);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		write_all(&seed, names[i], 0);
	memset(name, 'n', sizeof(name));
	memcpy(name + sizeof(name) - 3, ":X", 3);
	write_all(&seed, name, 0);
}

static int
free_ticks(void **state)
{
	candle_ticks_finish(&run.ticks);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_longest_numbers_fit_with_room_to_spare, free_ticks),
		cmocka_unit_test_teardown(a_source_of_any_name_leaves_sound_json, free_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
