#define _GNU_SOURCE
#include "analysisd/slot_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/analysisd/tick_store.h"

#define SLOT_US DAY_US
#define FLOW_US (SLOT_US - SLOT_TICKS_FLOW_US)
#define END_US (SLOT_US + CANDLE_M5_US)

struct fixture {
	struct tick_store store;
	struct market_reader *reader;
	struct slot_ticks slot;
	struct candle candle; /* of the slot, as it would be stored */
	int64_t large_above_e8;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct problem problem;

	assert_non_null(f);
	tick_store_open(&f->store);
	assert_int_equal(market_reader_open(&f->reader, f->store.state_dir, &problem), 0);
	slot_ticks_init(&f->slot);
	f->candle.open_time_us = SLOT_US;
	/* A trade every ten seconds, from before the flow on to after the slot. */
	for (int64_t us = FLOW_US - CANDLE_M5_US; us < END_US + CANDLE_M5_US; us += 10000000)
		tick_store_trade(&f->store, 1, us, us / 10000000, 100, 1 + (int)(us / 10000000 % 7),
		    us / 10000000 % 3 == 0);
	f->candle.trades = 30;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	slot_ticks_finish(&f->slot);
	market_reader_close(f->reader);
	tick_store_close(&f->store);
	free(f);
	return 0;
}

static void
read_to(struct fixture *f, int64_t before_us)
{
	const struct slot_ticks_plan plan = {SLOT_US, FLOW_US, f->large_above_e8};

	assert_int_equal(slot_ticks_read(&f->slot, f->reader, 1, &plan, before_us, INT64_MAX), 0);
}

static int
fits(struct fixture *f)
{
	return slot_ticks_fit(&f->slot, f->reader, 1, &f->candle);
}

static void
a_slot_read_in_pieces_is_the_slot_read_at_once(void **state)
{
	struct fixture *f = *state;
	struct flow_pressure whole, pieces;

	read_to(f, END_US);
	assert_int_equal(f->slot.ticks.ticks, 30);
	whole = flow_pressure(&f->slot.flow, END_US);
	slot_ticks_forget(&f->slot);
	for (int64_t us = SLOT_US + 1; us < END_US + CLOCK_SECOND_US; us += 999999)
		read_to(f, us);
	pieces = flow_pressure(&f->slot.flow, END_US);
	assert_int_equal(f->slot.ticks.ticks, 30);
	assert_int_equal(f->slot.trades, 30);
	assert_true(whole.z == pieces.z && whole.buy == pieces.buy && whole.trades == 3);
	assert_int_equal(fits(f), 1);
}

static void
nothing_past_the_moment_asked_for_is_read(void **state)
{
	struct fixture *f = *state;

	read_to(f, SLOT_US + 100000000);
	assert_int_equal(f->slot.ticks.ticks, 10);
	assert_int_equal(f->slot.tick_us, SLOT_US + 90000000);
	read_to(f, SLOT_US + 100000001);
	assert_int_equal(f->slot.ticks.ticks, 11);
	read_to(f, END_US + CANDLE_M5_US);
	assert_int_equal(f->slot.ticks.ticks, 30);
}

static void
a_trade_behind_what_was_read_is_seen_at_the_close(void **state)
{
	struct fixture *f = *state;

	read_to(f, SLOT_US + 200000000);
	tick_store_trade(&f->store, 1, SLOT_US + 55000000, 5, 100, 1, false);
	f->candle.trades = 31;
	read_to(f, END_US);
	assert_int_equal(fits(f), 0);
	slot_ticks_forget(&f->slot);
	read_to(f, END_US);
	assert_int_equal(fits(f), 1);
	assert_int_equal(f->slot.ticks.ticks, 31);
}

static void
a_candle_of_ticks_that_are_gone_is_no_reason_to_read_again(void **state)
{
	struct fixture *f = *state;

	f->candle.trades = 1000;
	read_to(f, END_US);
	assert_int_equal(fits(f), 1); /* at once */
	slot_ticks_forget(&f->slot);
	read_to(f, SLOT_US + 1);
	read_to(f, END_US);
	assert_int_equal(fits(f), 1); /* what is stored was read */
}

static void
a_change_that_does_not_touch_the_slot_or_its_flow_keeps_what_was_read(void **state)
{
	struct fixture *f = *state;

	read_to(f, SLOT_US + 100000000);
	slot_ticks_change(&f->slot, 0, FLOW_US - 1);
	slot_ticks_change(&f->slot, END_US, INT64_MAX);
	assert_int_equal(f->slot.slot_us, SLOT_US);
	slot_ticks_change(&f->slot, 0, FLOW_US);
	assert_int_equal(f->slot.slot_us, TICK_NONE);
}

static void
the_next_slot_goes_on_with_the_flow(void **state)
{
	const struct slot_ticks_plan from_there = {END_US, END_US, TICK_NONE};
	const struct slot_ticks_plan anew_plan = {END_US, END_US - SLOT_TICKS_FLOW_US, TICK_NONE};
	struct fixture *f = *state;
	struct flow_pressure on, anew;

	f->large_above_e8 = TICK_NONE;
	read_to(f, END_US);
	(void)candle_ticks_spread(&f->slot.ticks); /* which ends the summary of that slot */
	assert_int_equal(slot_ticks_read(&f->slot, f->reader, 1, &from_there, INT64_MAX, INT64_MAX), 0);
	assert_int_equal(f->slot.ticks.ticks, 30);
	on = flow_pressure(&f->slot.flow, END_US + FLOW_WINDOW_US);
	slot_ticks_forget(&f->slot);
	assert_int_equal(slot_ticks_read(&f->slot, f->reader, 1, &anew_plan, INT64_MAX, INT64_MAX), 0);
	anew = flow_pressure(&f->slot.flow, END_US + FLOW_WINDOW_US);
	assert_true(on.z == anew.z && on.buy == anew.buy);
}

static void
a_slot_in_which_something_else_is_large_is_read_again(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	f->large_above_e8 = INT64_C(400000000);
	read_to(f, SLOT_US + CANDLE_M5_US / 2);
	f->large_above_e8 = 0;
	read_to(f, END_US);
	before = f->slot.ticks.ticks;
	assert_int_equal(before, 30);
	assert_int_equal(f->slot.ticks.large.buys + f->slot.ticks.large.sells, 30);
	assert_int_equal(fits(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slot_read_in_pieces_is_the_slot_read_at_once),
		TEST(nothing_past_the_moment_asked_for_is_read),
		TEST(a_trade_behind_what_was_read_is_seen_at_the_close),
		TEST(a_candle_of_ticks_that_are_gone_is_no_reason_to_read_again),
		TEST(a_change_that_does_not_touch_the_slot_or_its_flow_keeps_what_was_read),
		TEST(the_next_slot_goes_on_with_the_flow),
		TEST(a_slot_in_which_something_else_is_large_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
