#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tradingctl/halts.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)

static void
add(struct halts *halts, int64_t at_minute, int64_t minutes)
{
	halts_add(halts, &(struct halt){at_minute * MINUTE_US, (at_minute + minutes) * MINUTE_US, 1});
}

static void
pauses_under_ten_minutes_are_not_told(void **state)
{
	struct halts halts = {0};

	add(&halts, 0, 9);
	assert_int_equal(halts.count, 0);
	add(&halts, 0, 10);
	assert_int_equal(halts.count, 1);
}

static void
only_the_longest_are_kept_and_told_in_the_order_of_time(void **state)
{
	struct halts halts = {0};

	for (int i = 0; i < 50; i++)
		add(&halts, i * 1000, 10 + i * 37 % 50);
	assert_int_equal(halts.count, HALTS_KEPT);
	halts_settle(&halts, 1000000, 50000 * MINUTE_US);
	assert_int_equal(halts.count, HALTS_KEPT);
	for (size_t i = 0; i < halts.count; i++) {
		assert_true(halts.items[i].to_us - halts.items[i].from_us >= 50 * MINUTE_US);
		assert_true(i == 0 || halts.items[i].from_us > halts.items[i - 1].from_us);
	}
}

static void
a_quiet_market_does_not_halt_all_the_time(void **state)
{
	struct halts halts = {0};

	add(&halts, 0, 15);
	add(&halts, 100, 30);
	halts_settle(&halts, 1001, 1000 * MINUTE_US); /* a trade a minute is usual */
	assert_int_equal(halts.count, 1);
	assert_int_equal(halts.items[0].from_us, 100 * MINUTE_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_under_ten_minutes_are_not_told),
		cmocka_unit_test(only_the_longest_are_kept_and_told_in_the_order_of_time),
		cmocka_unit_test(a_quiet_market_does_not_halt_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
