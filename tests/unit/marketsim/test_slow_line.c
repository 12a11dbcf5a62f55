#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "marketsim/message_rate.h"
#include "marketsim/slow_line.h"

static void
a_line_carries_its_bytes_a_second(void **state)
{
	struct slow_line line;
	int64_t sent = 0;

	slow_line_init(&line, 1000, 0);
	assert_false(slow_line_ready(&line, 0));
	for (int64_t now = 0; now <= 10 * CLOCK_SECOND_US; now += 777)
		while (slow_line_ready(&line, now)) {
			slow_line_take(&line, 150);
			sent += 150;
		}
	assert_in_range(sent, 9800, 10200);
}

static void
an_idle_line_does_not_save_up_for_a_flood(void **state)
{
	struct slow_line line;
	int64_t sent = 0;

	slow_line_init(&line, 1000000, 0);
	while (slow_line_ready(&line, 3600 * CLOCK_SECOND_US)) {
		slow_line_take(&line, 100);
		sent += 100;
	}
	assert_in_range(sent, 1, 300000);
}

static void
without_a_limit_everything_goes(void **state)
{
	struct slow_line line;

	slow_line_init(&line, 0, 0);
	slow_line_take(&line, 1000000);
	assert_true(slow_line_ready(&line, 0));
}

static void
messages_are_counted_over_any_second(void **state)
{
	struct message_rate rate = { 0 };

	for (int i = 0; i < 5; i++)
		assert_int_equal(message_rate_add(&rate, 900000 + i), i + 1);
	assert_int_equal(message_rate_add(&rate, 1100000), 6); /* of another clock's second */
	assert_int_equal(message_rate_add(&rate, 1900002), 4); /* three have been a second ago */
	for (int i = 0; i < 100; i++)
		message_rate_add(&rate, 5000000);
	assert_int_equal(message_rate_add(&rate, 5000000), MESSAGE_RATE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_carries_its_bytes_a_second),
		cmocka_unit_test(an_idle_line_does_not_save_up_for_a_flood),
		cmocka_unit_test(without_a_limit_everything_goes),
		cmocka_unit_test(messages_are_counted_over_any_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
