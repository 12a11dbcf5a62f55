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

/* Of a symbol whose ids begin with 1, nothing missing, and a trade after the slot. */
static const struct slot_surroundings ordinary = {.after = true, .first_id = 1,
    .whole_from_us = TICK_NONE};

static void
a_slot_that_is_over_and_joined_is_complete(void **state)
{
	struct candle_builder builder;

	fold(&builder, 10, 20);
	assert_true(candle_check_complete(&builder, &ordinary));
}

static void
the_source_clock_closes_a_quiet_slot_one_second_after_its_end(void **state)
{
	struct slot_surroundings around = ordinary;
	struct candle_builder builder;

	fold(&builder, 10, 20);
	around.after = false;
	around.source_clock_us = END_US + 999999;
	assert_false(candle_check_complete(&builder, &around));
	around.source_clock_us = END_US + 1000000;
	assert_true(candle_check_complete(&builder, &around));
}

static void
the_first_slot_is_complete_only_where_it_is_known_to_be_whole(void **state)
{
	struct slot_surroundings around = ordinary;
	struct candle_builder builder;

	fold(&builder, 10, 20);
	around.first_id = 10;
	assert_false(candle_check_complete(&builder, &around));
	around.whole_from_us = SLOT_US + CANDLE_M5_US;
	assert_false(candle_check_complete(&builder, &around));
	around.whole_from_us = SLOT_US;
	assert_true(candle_check_complete(&builder, &around));
}

static void
an_id_that_is_missing_leaves_it_incomplete(void **state)
{
	const struct tick later = {.time_us = END_US - 1, .tick_id = 21, .price_e8 = 1,
	    .volume_e8 = 1, .flags = TICK_TRADE};
	struct slot_surroundings around = ordinary;
	struct candle_builder builder;

	fold(&builder, 10, 20);
	around.missing = true; /* beside it, the ledger says */
	assert_false(candle_check_complete(&builder, &around));
	fold(&builder, 10, 19);
	candle_builder_add(&builder, &later);
	assert_false(candle_check_complete(&builder, &ordinary));
}

static void
aggregates_are_contiguous_whatever_is_inside_them(void **state)
{
	struct tick tick = {.time_us = SLOT_US, .tick_id = 10, .price_e8 = 1, .volume_e8 = 1,
	    .flags = TICK_TRADE, .trade_count = 7};
	struct candle_builder builder;

	candle_builder_start(&builder, SLOT_US);
	candle_check_add(&builder, false, &tick);
	tick.tick_id = 11;
	tick.trade_count = 0;
	candle_check_add(&builder, false, &tick);
	assert_int_equal(builder.trades, 8);
	assert_true(candle_check_complete(&builder, &ordinary));
}

static void
a_slot_of_ordinals_is_complete_unless_it_is_the_first(void **state)
{
	struct slot_surroundings around = {.ordinal = true, .after = true,
	    .whole_from_us = TICK_NONE};
	const struct tick tick = {.time_us = SLOT_US, .price_e8 = TICK_NONE,
	    .volume_e8 = TICK_NONE, .bid_e8 = 5, .ask_e8 = 6, .flags = TICK_QUOTE};
	struct candle_builder builder;
	struct candle candle;

	candle_builder_start(&builder, SLOT_US);
	candle_check_add(&builder, true, &tick);
	candle_builder_candle(&builder, &candle);
	assert_int_equal(candle.close_e8, 5);
	assert_int_equal(candle.trades, 1);
	assert_true(candle.first_tick_id == TICK_NONE && candle.last_tick_id == TICK_NONE);
	assert_false(candle_check_complete(&builder, &around));
	around.before = true;
	assert_true(candle_check_complete(&builder, &around));
	around.before = false;
	around.whole_from_us = SLOT_US;
	assert_true(candle_check_complete(&builder, &around));
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
		cmocka_unit_test(a_slot_that_is_over_and_joined_is_complete),
		cmocka_unit_test(the_source_clock_closes_a_quiet_slot_one_second_after_its_end),
		cmocka_unit_test(the_first_slot_is_complete_only_where_it_is_known_to_be_whole),
		cmocka_unit_test(an_id_that_is_missing_leaves_it_incomplete),
		cmocka_unit_test(aggregates_are_contiguous_whatever_is_inside_them),
		cmocka_unit_test(a_slot_of_ordinals_is_complete_unless_it_is_the_first),
		cmocka_unit_test(equal_candles_do_not_differ),
		cmocka_unit_test(every_field_that_differs_is_named),
		cmocka_unit_test(a_volume_off_by_its_last_bit_differs),
		cmocka_unit_test(a_long_list_of_differences_is_cut_to_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
