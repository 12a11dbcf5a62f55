#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tradingctl/candle_check.h"

#define SLOT_US (CANDLE_M5_US * 1000)
#define END_US (SLOT_US + CANDLE_M5_US)

/* A slot with the trades first..last, one a second. */
static void
fold(struct candle_builder *builder, int64_t first, int64_t last)
{
	candle_builder_start(builder, SLOT_US);
	for (int64_t id = first; id <= last; id++) {
		const struct tick tick = {.time_us = SLOT_US + (id - first) * 1000000, .tick_id = id,
		    .price_e8 = id * DECIMAL_ONE, .volume_e8 = DECIMAL_ONE / 4, .flags = TICK_TRADE};

		candle_builder_add(builder, &tick);
	}
}

static void
a_slot_between_its_neighbours_is_complete(void **state)
{
	const struct slot_surroundings around = {.id_before = 9, .id_after = 21};
	struct candle_builder builder;

	fold(&builder, 10, 20);
	assert_true(candle_check_complete(&builder, &around));
}

static void
the_source_clock_closes_a_quiet_slot_one_second_after_its_end(void **state)
{
	struct slot_surroundings around = {.id_before = 9, .id_after = TICK_NONE};
	struct candle_builder builder;

	fold(&builder, 10, 20);
	around.source_clock_us = END_US + 999999;
	assert_false(candle_check_complete(&builder, &around));
	around.source_clock_us = END_US + 1000000;
	assert_true(candle_check_complete(&builder, &around));
}

static void
the_very_first_slot_is_never_complete(void **state)
{
	const struct slot_surroundings around = {.id_before = TICK_NONE, .id_after = 21};
	struct candle_builder builder;

	fold(&builder, 10, 20);
	assert_false(candle_check_complete(&builder, &around));
}

static void
a_missing_id_before_inside_or_behind_leaves_it_incomplete(void **state)
{
	const struct slot_surroundings before = {.id_before = 8, .id_after = 21};
	const struct slot_surroundings behind = {.id_before = 9, .id_after = 22};
	const struct slot_surroundings around = {.id_before = 9, .id_after = 22};
	const struct tick later = {.time_us = END_US - 1, .tick_id = 21, .price_e8 = 1,
	    .volume_e8 = 1, .flags = TICK_TRADE};
	struct candle_builder builder;

	fold(&builder, 10, 20);
	assert_false(candle_check_complete(&builder, &before));
	assert_false(candle_check_complete(&builder, &behind));
	fold(&builder, 10, 19);
	candle_builder_add(&builder, &later);
	assert_false(candle_check_complete(&builder, &around));
}

static struct candle
candle_of(int64_t first, int64_t last)
{
	struct candle_builder builder;
	struct candle candle;

	fold(&builder, first, last);
	candle_builder_candle(&builder, &candle);
	return candle;
}

static void
equal_candles_do_not_differ(void **state)
{
	struct candle a = candle_of(10, 20), b = candle_of(10, 20);
	char text[256];

	b.revision = 7; /* not a matter of the ticks */
	assert_int_equal(candle_check_compare(&a, &b, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

static void
every_field_that_differs_is_named(void **state)
{
	const struct candle expected = candle_of(10, 20);
	struct candle stored = expected;
	char text[1024];

	stored.open_e8++;
	stored.high_e8++;
	stored.low_e8++;
	stored.close_e8++;
	stored.volume *= 2;
	stored.quote_volume *= 2;
	stored.taker_buy_volume *= 2;
	stored.trades++;
	stored.first_tick_id++;
	stored.last_tick_id++;
	stored.complete = !stored.complete;
	assert_int_equal(candle_check_compare(&stored, &expected, text, sizeof(text)), 11);
	assert_non_null(strstr(text, "open is stored as 10.00000001 instead of 10, "));
	assert_non_null(strstr(text, "trades is stored as 12 instead of 11"));
}

static void
a_volume_off_by_its_last_bit_differs(void **state)
{
	const struct candle expected = candle_of(10, 20);
	struct candle stored = expected;
	char text[256];
	int64_t bits;

	memcpy(&bits, &stored.volume, sizeof(bits));
	bits++;
	memcpy(&stored.volume, &bits, sizeof(bits));
	assert_int_equal(candle_check_compare(&stored, &expected, text, sizeof(text)), 1);
	assert_string_equal(text, "volume is stored as 2.7500000000000004 instead of 2.75");
}

static void
a_long_list_of_differences_is_cut_to_the_buffer(void **state)
{
	const struct candle expected = candle_of(10, 20), stored = {0};
	char text[20];

	assert_true(candle_check_compare(&stored, &expected, text, sizeof(text)) > 3);
	assert_int_equal(strlen(text), sizeof(text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_between_its_neighbours_is_complete),
		cmocka_unit_test(the_source_clock_closes_a_quiet_slot_one_second_after_its_end),
		cmocka_unit_test(the_very_first_slot_is_never_complete),
		cmocka_unit_test(a_missing_id_before_inside_or_behind_leaves_it_incomplete),
		cmocka_unit_test(equal_candles_do_not_differ),
		cmocka_unit_test(every_field_that_differs_is_named),
		cmocka_unit_test(a_volume_off_by_its_last_bit_differs),
		cmocka_unit_test(a_long_list_of_differences_is_cut_to_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
