#define _GNU_SOURCE
#include "common/candle.h"

#include "tests/unit/common/scratch.h"

static void
a_slot_holds_its_first_and_not_the_next_one_s_first_microsecond(void **state)
{
	assert_int_equal(candle_slot(0), 0);
	assert_int_equal(candle_slot(CANDLE_M5_US - 1), 0);
	assert_int_equal(candle_slot(CANDLE_M5_US), CANDLE_M5_US);
	assert_int_equal(candle_slot(-1), -CANDLE_M5_US);
	assert_int_equal(candle_slot(-CANDLE_M5_US), -CANDLE_M5_US);
	assert_int_equal(candle_slot(-CANDLE_M5_US - 1), -2 * CANDLE_M5_US);
}

static void
every_time_lies_within_its_slot(void **state)
{
	uint64_t chance = chance_seed();

	for (int i = 0; i < 100000; i++) {
		int64_t time_us = chance_any(&chance) / 2, slot = candle_slot(time_us);

		assert_true(slot <= time_us && time_us - slot < CANDLE_M5_US);
		assert_int_equal(slot % CANDLE_M5_US, 0);
	}
}

static void
origins_are_named_as_they_are_stored(void **state)
{
	assert_string_equal(candle_origin_name(CANDLE_TICKS), "ticks");
	assert_string_equal(candle_origin_name(CANDLE_KLINES), "klines");
	assert_string_equal(candle_origin_name(CANDLE_BARS), "bars");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_holds_its_first_and_not_the_next_one_s_first_microsecond),
		cmocka_unit_test(every_time_lies_within_its_slot),
		cmocka_unit_test(origins_are_named_as_they_are_stored),
	};

	return cmocka_run_group_tests_name("common/candle", tests, NULL, NULL);
}
