#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "marketsim/numbering.h"

static const struct numbering numbering = { 12345, 76.9, 6.15 };

static void
orders_never_fall_and_meet_at_the_start(void **state)
{
	int64_t before = numbering_orders_before(&numbering, -5000);

	assert_int_equal(numbering_orders_before(&numbering, 0), 0);
	for (int64_t slot = -4999; slot < 5000; slot++) {
		int64_t orders = numbering_orders_before(&numbering, slot);

		assert_true(orders >= before);
		assert_true((slot <= 0) == (orders <= 0) || orders == 0);
		before = orders;
	}
}

static void
the_average_of_orders_a_slot_is_what_was_asked(void **state)
{
	assert_in_range(numbering_orders_before(&numbering, 1000), 76900, 76900 + 77);
	assert_in_range(-numbering_orders_before(&numbering, -1000), 6150 - 7, 6150);
}

static void
every_order_has_at_least_one_trade_and_at_most_the_limit(void **state)
{
	for (int64_t order = -3000; order < 3000; order++) {
		int64_t trades = numbering_trades_before(&numbering, order + 1) -
		    numbering_trades_before(&numbering, order);

		assert_in_range(trades, 1, ORDER_FILLS_MAX);
	}
}

static void
the_order_of_a_trade_is_found_back(void **state)
{
	for (int64_t trade = -2000; trade < 2000; trade++) {
		int64_t order = numbering_order_of(&numbering, trade);

		assert_true(numbering_trades_before(&numbering, order) <= trade);
		assert_true(numbering_trades_before(&numbering, order + 1) > trade);
	}
}

static void
the_slot_of_an_order_is_found_back(void **state)
{
	for (int64_t order = -2000; order < 2000; order++) {
		int64_t slot = numbering_slot_of(&numbering, order);

		assert_true(numbering_orders_before(&numbering, slot) <= order);
		assert_true(numbering_orders_before(&numbering, slot + 1) > order);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_never_fall_and_meet_at_the_start),
		cmocka_unit_test(the_average_of_orders_a_slot_is_what_was_asked),
		cmocka_unit_test(every_order_has_at_least_one_trade_and_at_most_the_limit),
		cmocka_unit_test(the_order_of_a_trade_is_found_back),
		cmocka_unit_test(the_slot_of_an_order_is_found_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
