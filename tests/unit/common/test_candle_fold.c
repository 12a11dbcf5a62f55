#include "common/candle_fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/tick.h"

#define M15 (3 * CANDLE_M5_US)

static struct candle
m5(int64_t slot, int64_t open, int64_t high, int64_t low, int64_t close)
{
	return (struct candle){.open_time_us = slot * CANDLE_M5_US, .open_e8 = open, .high_e8 = high,
		.low_e8 = low, .close_e8 = close, .volume = 0.1, .trades = 2,
		.first_tick_id = slot * 10, .last_tick_id = slot * 10 + 1, .revision = 1,
		.complete = true};
}

static void
every_timeframe_has_its_length(void **state)
{
	assert_true(candle_fold_length("M5") == CANDLE_M5_US);
	assert_true(candle_fold_length("M15") == M15);
	assert_true(candle_fold_length("M30") == 2 * M15);
	assert_true(candle_fold_length("H1") == 4 * M15);
	assert_true(candle_fold_length("H4") == 16 * M15);
	assert_true(candle_fold_length("D1") == INT64_C(86400000000));
	assert_int_equal(candle_fold_length("M6"), 0);
	assert_int_equal(candle_fold_length("m5"), 0);
	assert_int_equal(candle_fold_length(""), 0);
}

static void
slots_are_aligned_before_1970_as_well(void **state)
{
	assert_true(candle_fold_slot(M15 + 1, M15) == M15);
	assert_true(candle_fold_slot(-1, M15) == -M15);
	assert_true(candle_fold_slot(INT64_MIN, M15) == INT64_MIN);
	assert_true(candle_fold_next_slot(1, M15) == M15);
	assert_true(candle_fold_next_slot(M15, M15) == M15);
	assert_true(candle_fold_next_slot(INT64_MAX, M15) == INT64_MAX);
	assert_true(candle_fold_next_slot(INT64_MIN, M15) == INT64_MIN);
}

static void
forward_and_backward_fold_to_the_same_candle(void **state)
{
	const struct candle parts[] = {m5(3, 10, 15, 9, 12), m5(4, 12, 20, 11, 19), m5(5, 19, 19, 5, 6)};
	struct candle forward, backward;

	candle_fold_start(&forward, &parts[0], M15);
	assert_true(candle_fold(&forward, &parts[1], M15, false));
	assert_true(candle_fold(&forward, &parts[2], M15, false));
	candle_fold_start(&backward, &parts[2], M15);
	assert_true(candle_fold(&backward, &parts[1], M15, true));
	assert_true(candle_fold(&backward, &parts[0], M15, true));
	assert_true(forward.open_time_us == M15 && backward.open_time_us == M15);
	assert_int_equal(forward.open_e8, 10);
	assert_int_equal(forward.high_e8, 20);
	assert_int_equal(forward.low_e8, 5);
	assert_int_equal(forward.close_e8, 6);
	assert_int_equal(backward.open_e8, forward.open_e8);
	assert_int_equal(backward.close_e8, forward.close_e8);
	assert_int_equal(forward.trades, 6);
	assert_int_equal(forward.revision, 3);
	assert_int_equal(forward.first_tick_id, 30);
	assert_int_equal(forward.last_tick_id, 51);
	assert_true(forward.complete);
}

static void
quantities_are_summed_without_binary_dust(void **state)
{
	const struct candle part = m5(3, 1, 1, 1, 1);
	struct candle slot;

	candle_fold_start(&slot, &part, M15);
	assert_true(candle_fold(&slot, &part, M15, false));
	assert_true(candle_fold(&slot, &part, M15, false));
	assert_true(slot.volume == 0.3); /* 0.1 + 0.1 + 0.1 is not */
}

static void
a_candle_of_another_slot_changes_nothing(void **state)
{
	const struct candle first = m5(3, 1, 2, 1, 2), other = m5(6, 9, 9, 9, 9);
	struct candle slot;

	candle_fold_start(&slot, &first, M15);
	assert_false(candle_fold(&slot, &other, M15, false));
	assert_int_equal(slot.high_e8, 2);
	assert_int_equal(slot.trades, 2);
}

static void
one_part_that_is_not_complete_is_enough(void **state)
{
	struct candle first = m5(3, 1, 2, 1, 2), second = m5(4, 1, 2, 1, 2), slot;

	second.complete = false;
	second.origin = CANDLE_KLINES;
	second.first_tick_id = second.last_tick_id = TICK_NONE;
	candle_fold_start(&slot, &first, M15);
	assert_true(candle_fold(&slot, &second, M15, false));
	assert_false(slot.complete);
	assert_int_equal(slot.origin, CANDLE_KLINES);
	assert_true(slot.first_tick_id == TICK_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_timeframe_has_its_length),
		cmocka_unit_test(slots_are_aligned_before_1970_as_well),
		cmocka_unit_test(forward_and_backward_fold_to_the_same_candle),
		cmocka_unit_test(quantities_are_summed_without_binary_dust),
		cmocka_unit_test(a_candle_of_another_slot_changes_nothing),
		cmocka_unit_test(one_part_that_is_not_complete_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
