#include "analysisd/analyses/system_health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysisd/trading_hours.h"
#include "tests/unit/analysisd/tick_analysis.h"

#define SLOT_US (DAY_US + 10 * CANDLE_M5_US) /* the slot that is looked at */
#define SECOND CLOCK_SECOND_US

static struct tick_analysis t;

static int
set_up(void **state)
{
	t.hours = NULL;
	tick_analysis_start(&t, DAY_US - 2 * CLOCK_DAY_US);
	return 0;
}

/* A trade in each second from..before of the slot. */
static void
trades(int from, int before, uint32_t flags, int64_t ask_e8)
{
	for (int second = from; second < before; second++) {
		struct tick tick = tick_analysis_trade(SLOT_US + second * SECOND, 1, flags);

		tick.ask_e8 = ask_e8;
		tick_analysis_add(&t, &tick);
	}
}

/* Two whole days before the slot, and a trade in each second of it. */
static void
begin_sound(void)
{
	tick_analysis_push_until(&t, SLOT_US, 400);
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
}

static json_t *
result_of(struct candle bar)
{
	tick_analysis_push(&t, bar);
	return tick_analysis_write(&t, "system_health", NULL);
}

static json_t *
result(void)
{
	return result_of(tick_analysis_bar(SLOT_US));
}

/* The status, and the one reason; NULL: none. */
static void
assert_status(const json_t *object, const char *status, const char *reason)
{
	const json_t *reasons = json_object_get(object, "reasons");

	assert_word(object, "status", status);
	assert_int_equal(json_array_size(reasons), reason != NULL);
	if (reason != NULL)
		assert_string_equal(json_string_value(json_array_get(reasons, 0)), reason);
}

static bool
has_reason(const json_t *object, const char *reason)
{
	const json_t *reasons = json_object_get(object, "reasons");

	for (size_t i = 0; i < json_array_size(reasons); i++)
		if (strcmp(json_string_value(json_array_get(reasons, i)), reason) == 0)
			return true;
	return false;
}

static void
sound_data_are_ok(void **state)
{
	json_t *object;

	begin_sound();
	object = result();
	assert_status(object, "ok", NULL);
	assert_number(object, "day.present", 288);
	assert_number(object, "day.complete", 288);
	assert_number(object, "day.of_ticks", 288);
	assert_number(object, "day.longest_hole", 0);
	assert_number(object, "slot.ticks", 300);
	assert_number(object, "slot.trades", 600);
	assert_number(object, "slot.mean_trades", 600);
	assert_number(object, "slot.trades_ratio", 1);
	assert_number(object, "slot.silence_s", 1);
	assert_number(object, "slot.with_spread", 1);
	assert_number(object, "slot.backfilled", 0);
	assert_number(object, "confidence.value", 1);
	json_decref(object);
}

static void
the_first_bar_of_all_is_poor_and_what_is_not_known_is_null(void **state)
{
	json_t *object;

	tick_analysis_start_slot(&t, SLOT_US);
	object = result();
	assert_word(object, "status", "poor");
	assert_true(has_reason(object, "incomplete_day") && has_reason(object, "hole"));
	assert_true(has_reason(object, "no_ticks"));
	assert_false(has_reason(object, "silent") || has_reason(object, "few_trades"));
	assert_number(object, "day.present", 1);
	assert_number(object, "day.longest_hole", 287);
	assert_null_member(object, "slot.mean_trades");
	assert_null_member(object, "slot.trades_ratio");
	assert_null_member(object, "slot.silence_s");
	assert_null_member(object, "slot.backfilled");
	assert_null_member(object, "slot.with_spread");
	assert_number(object, "confidence.value", 0);
	json_decref(object);
}

/* Bars of two days, but for `count` slots from `from` before the slot; the slot is sound. */
static json_t *
with_hole(int from, int count)
{
	set_up(NULL);
	for (int i = 400; i > 0; i--)
		if (i > from || i <= from - count)
			tick_analysis_push(&t, tick_analysis_bar(SLOT_US - i * CANDLE_M5_US));
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
	return result();
}

static void
the_longest_hole_is_the_longest_run_of_empty_slots(void **state)
{
	json_t *object = with_hole(50, 2);

	assert_number(object, "day.longest_hole", 2);
	assert_number(object, "day.present", 286);
	assert_status(object, "ok", NULL); /* 286 of 288 are 99.3 % */
	json_decref(object);
	object = with_hole(50, 3);
	assert_true(has_reason(object, "hole"));
	assert_word(object, "status", "degraded");
	json_decref(object);
	object = with_hole(50, 11);
	assert_word(object, "status", "degraded");
	json_decref(object);
	object = with_hole(50, 12);
	assert_word(object, "status", "poor");
	json_decref(object);
}

/* The bars of with_hole(), where the venue has said that it is closed in these slots before. */
static json_t *
with_closed_hours(int hole_from, int hole_count, int closed_from, int closed_count)
{
	/* 9 August 2024 is a Friday: 00:50 of it is SLOT_US; the broker is three hours ahead. */
	static struct trading_hours hours;
	const int slot_minute = 5 * 1440 + 50 + 180;

	hours = (struct trading_hours){.offsets = {{DAY_US - 30 * CLOCK_DAY_US, 10800 * SECOND}},
		.count = 1,
		.sessions = {.count = 2}};
	hours.sessions.sessions[0] = (struct market_session){
		0, slot_minute - 5 * closed_from};
	hours.sessions.sessions[1] = (struct market_session){
		slot_minute - 5 * (closed_from - closed_count), 7 * 1440};
	set_up(NULL);
	t.hours = &hours;
	for (int i = 400; i > 0; i--)
		if (i > hole_from || i <= hole_from - hole_count)
			tick_analysis_push(&t, tick_analysis_bar(SLOT_US - i * CANDLE_M5_US));
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
	return result();
}

static void
slots_in_which_the_market_is_closed_do_not_count(void **state)
{
	json_t *object = with_closed_hours(112, 100, 112, 100);

	assert_status(object, "ok", NULL);
	assert_number(object, "day.slots", 188);
	assert_number(object, "day.present", 188);
	assert_number(object, "day.complete", 188);
	assert_number(object, "day.longest_hole", 0);
	json_decref(object);
}

static void
a_hole_on_both_sides_of_closed_hours_is_one(void **state)
{
	/* Two slots before the closed hours and one behind them are empty too. */
	json_t *object = with_closed_hours(114, 103, 112, 100);

	assert_number(object, "day.slots", 188);
	assert_number(object, "day.present", 185);
	assert_number(object, "day.longest_hole", 3);
	assert_true(has_reason(object, "hole") && has_reason(object, "incomplete_day"));
	assert_word(object, "status", "degraded");
	json_decref(object);
}

static void
a_bar_in_closed_hours_counts(void **state)
{
	json_t *object = with_closed_hours(112, 99, 112, 100);

	assert_number(object, "day.slots", 189);
	assert_number(object, "day.present", 189);
	assert_status(object, "ok", NULL);
	json_decref(object);
}

static void
a_hole_counts_as_far_as_it_lies_in_the_day(void **state)
{
	/* Of the 20 slots from 300 to 281 before this one, those from 287 on are of the day. */
	json_t *object = with_hole(300, 20);

	assert_number(object, "day.longest_hole", 7);
	assert_number(object, "day.present", 281);
	json_decref(object);
	object = with_hole(350, 60);
	assert_number(object, "day.longest_hole", 0);
	json_decref(object);
}

/* `count` bars of the day are not complete. */
static json_t *
with_incomplete(int count)
{
	set_up(NULL);
	for (int i = 400; i > 0; i--) {
		struct candle bar = tick_analysis_bar(SLOT_US - i * CANDLE_M5_US);

		bar.complete = i > count;
		tick_analysis_push(&t, bar);
	}
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
	return result();
}

static void
a_day_of_incomplete_bars_is_degraded_and_then_poor(void **state)
{
	json_t *object = with_incomplete(2);

	assert_status(object, "ok", NULL);
	json_decref(object);
	object = with_incomplete(3); /* 285 of 288: 98.96 % */
	assert_status(object, "degraded", "incomplete_day");
	json_decref(object);
	object = with_incomplete(72); /* exactly 75 % */
	assert_status(object, "degraded", "incomplete_day");
	json_decref(object);
	object = with_incomplete(73);
	assert_status(object, "poor", "incomplete_day");
	json_decref(object);
}

static void
an_incomplete_candle_is_degraded(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	json_t *object;

	begin_sound();
	bar.complete = false;
	object = result_of(bar);
	assert_status(object, "degraded", "incomplete_bar");
	json_decref(object);
}

static void
revisions_and_origins_are_counted(void **state)
{
	json_t *object;

	for (int i = 300; i > 0; i--) {
		struct candle bar = tick_analysis_bar(SLOT_US - i * CANDLE_M5_US);

		bar.revision = i <= 4 || i > 290 ? i : 0;
		bar.origin = i <= 100 ? CANDLE_TICKS : i <= 200 ? CANDLE_KLINES : CANDLE_BARS;
		tick_analysis_push(&t, bar);
	}
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
	object = result();
	assert_number(object, "day.revised", 4);
	assert_number(object, "day.revisions", 1 + 2 + 3 + 4);
	assert_number(object, "day.of_ticks", 101);
	assert_number(object, "day.of_klines", 100);
	assert_number(object, "day.of_bars", 87);
	assert_status(object, "ok", NULL);
	json_decref(object);
}

/* Ticks in the first seconds only; `trades_before` in each bar before. */
static json_t *
with_silence(int seconds, int trades_before)
{
	set_up(NULL);
	for (int i = 400; i > 0; i--) {
		struct candle bar = tick_analysis_bar(SLOT_US - i * CANDLE_M5_US);

		bar.trades = trades_before;
		tick_analysis_push(&t, bar);
	}
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 301 - seconds, 0, 201 * E8);
	return result();
}

static void
silence_counts_where_trades_are_usual(void **state)
{
	json_t *object = with_silence(29, 600);

	assert_status(object, "ok", NULL);
	json_decref(object);
	object = with_silence(30, 600);
	assert_number(object, "slot.silence_s", 30);
	assert_status(object, "degraded", "silent");
	json_decref(object);
	object = with_silence(119, 600);
	assert_status(object, "degraded", "silent");
	json_decref(object);
	object = with_silence(120, 600);
	assert_status(object, "poor", "silent");
	json_decref(object);
	/* 49 trades a slot: 19.6 in 120 s; 50: 20. */
	object = with_silence(120, 49);
	assert_status(object, "ok", NULL);
	json_decref(object);
	object = with_silence(120, 50);
	assert_status(object, "poor", "silent");
	json_decref(object);
}

static json_t *
with_trades(int before, int now)
{
	struct candle last = tick_analysis_bar(SLOT_US);

	set_up(NULL);
	for (int i = 400; i > 0; i--) {
		struct candle bar = tick_analysis_bar(SLOT_US - i * CANDLE_M5_US);

		bar.trades = before;
		tick_analysis_push(&t, bar);
	}
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 300, 0, 201 * E8);
	last.trades = now;
	return result_of(last);
}

static void
few_trades_are_less_than_a_tenth_of_what_is_usual(void **state)
{
	json_t *object = with_trades(200, 20);

	assert_number(object, "slot.trades_ratio", 0.1);
	assert_status(object, "ok", NULL);
	json_decref(object);
	object = with_trades(200, 19);
	assert_status(object, "degraded", "few_trades");
	json_decref(object);
	object = with_trades(19, 1);
	assert_status(object, "ok", NULL);
	json_decref(object);
}

/* 270 ticks as they should be, 30 with these flags, and one more of them if asked. */
static json_t *
with_flags(uint32_t flags, int more)
{
	set_up(NULL);
	tick_analysis_push_until(&t, SLOT_US, 400);
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 270, 0, 201 * E8);
	trades(270, 300, flags, 201 * E8);
	trades(0, more, flags, 201 * E8);
	return result();
}

static void
more_than_a_tenth_fetched_afterwards_or_guessed_is_degraded(void **state)
{
	json_t *object = with_flags(TICK_BACKFILLED | TICK_TIME_ESTIMATED, 0);

	assert_number(object, "slot.backfilled", 0.1);
	assert_number(object, "slot.time_estimated", 0.1);
	assert_status(object, "ok", NULL);
	json_decref(object);
	object = with_flags(TICK_BACKFILLED, 1);
	assert_number(object, "slot.backfilled", 31.0 / 301);
	assert_status(object, "degraded", "backfilled");
	json_decref(object);
	object = with_flags(TICK_TIME_ESTIMATED, 1);
	assert_status(object, "degraded", "time_estimated");
	json_decref(object);
}

static void
spreads_known_of_less_than_half_of_the_ticks_are_degraded(void **state)
{
	for (int known = 150; known >= 149; known--) {
		json_t *object;

		set_up(NULL);
		tick_analysis_push_until(&t, SLOT_US, 400);
		tick_analysis_start_slot(&t, SLOT_US);
		trades(0, known, 0, 201 * E8);
		trades(known, 300, 0, TICK_NONE);
		object = result();
		assert_number(object, "slot.with_spread", known / 300.0);
		assert_status(object, known == 150 ? "ok" : "degraded",
		    known == 150 ? NULL : "no_spread");
		json_decref(object);
	}
}

static void
confidence_is_a_third_for_each_of_what_there_is_to_judge_by(void **state)
{
	json_t *object;

	tick_analysis_push_until(&t, SLOT_US, 400);
	tick_analysis_start_slot(&t, SLOT_US);
	object = result();
	assert_true(t.confidence == 1 / 3.0);
	json_decref(object);
	set_up(NULL);
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 1, 0, TICK_NONE);
	object = result();
	assert_true(t.confidence == 1 / 3.0);
	json_decref(object);
	set_up(NULL);
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 1, 0, 201 * E8);
	object = result();
	assert_true(t.confidence == 2 / 3.0);
	json_decref(object);
}

static void
quotes_alone_are_judged_as_well(void **state)
{
	struct candle bar = tick_analysis_bar(SLOT_US);
	json_t *object;

	for (int i = 400; i > 0; i--) {
		bar.open_time_us = SLOT_US - i * CANDLE_M5_US;
		bar.volume = bar.taker_buy_volume = 0;
		bar.first_tick_id = bar.last_tick_id = TICK_NONE;
		tick_analysis_push(&t, bar);
	}
	tick_analysis_start_slot(&t, SLOT_US);
	for (int second = 0; second < 300; second++) {
		struct tick tick = tick_analysis_trade(SLOT_US + second * SECOND, 0, 0);

		tick.flags = TICK_QUOTE;
		tick.price_e8 = tick.volume_e8 = TICK_NONE;
		tick_analysis_add(&t, &tick);
	}
	bar.open_time_us = SLOT_US;
	object = result_of(bar);
	assert_status(object, "ok", NULL);
	assert_number(object, "slot.ticks", 300);
	assert_number(object, "confidence.value", 1);
	json_decref(object);
}

static void
all_reasons_at_once_fit_into_a_row(void **state)
{
	struct candle bar = tick_analysis_bar(DAY_US - 100 * CANDLE_M5_US);
	json_t *object;

	bar.revision = INT64_C(1000000000000);
	bar.trades = INT64_C(9999999999);
	tick_analysis_push(&t, bar);
	tick_analysis_start_slot(&t, SLOT_US);
	trades(0, 100, TICK_BACKFILLED | TICK_TIME_ESTIMATED, TICK_NONE);
	trades(0, 7, 0, 201 * E8);
	bar.open_time_us = SLOT_US;
	bar.trades = 7;
	bar.complete = false;
	object = result_of(bar);
	assert_int_equal(json_array_size(json_object_get(object, "reasons")), 8);
	assert_false(has_reason(object, "no_ticks")); /* which rules the others out */
	assert_word(object, "status", "poor");
	json_decref(object);
}

static void
the_same_data_give_the_same_bytes(void **state)
{
	static char first[JSON_TEXT_SIZE];

	json_decref(with_hole(70, 5));
	memcpy(first, t.json.text, t.json.length + 1);
	json_decref(with_trades(200, 3));
	assert_string_not_equal(first, t.json.text);
	json_decref(with_hole(70, 5));
	assert_string_equal(first, t.json.text);
}

static int
finish(void **state)
{
	candle_ticks_finish(&t.ticks);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_data_are_ok),
		TEST(the_first_bar_of_all_is_poor_and_what_is_not_known_is_null),
		TEST(the_longest_hole_is_the_longest_run_of_empty_slots),
		TEST(slots_in_which_the_market_is_closed_do_not_count),
		TEST(a_hole_on_both_sides_of_closed_hours_is_one),
		TEST(a_bar_in_closed_hours_counts),
		TEST(a_hole_counts_as_far_as_it_lies_in_the_day),
		TEST(a_day_of_incomplete_bars_is_degraded_and_then_poor),
		TEST(an_incomplete_candle_is_degraded),
		TEST(revisions_and_origins_are_counted),
		TEST(silence_counts_where_trades_are_usual),
		TEST(few_trades_are_less_than_a_tenth_of_what_is_usual),
		TEST(more_than_a_tenth_fetched_afterwards_or_guessed_is_degraded),
		TEST(spreads_known_of_less_than_half_of_the_ticks_are_degraded),
		TEST(confidence_is_a_third_for_each_of_what_there_is_to_judge_by),
		TEST(quotes_alone_are_judged_as_well),
		TEST(all_reasons_at_once_fit_into_a_row),
		TEST(the_same_data_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
