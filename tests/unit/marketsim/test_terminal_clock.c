#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "marketsim/terminal_clock.h"
#include "marketsim/terminal_options.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define CHANGE_US INT64_C(1790000000000000)

static const struct terminal_clock forward = { 2 * HOUR_US, CHANGE_US, HOUR_US };
static const struct terminal_clock back = { 3 * HOUR_US, CHANGE_US, -HOUR_US };

static void
the_brokers_time_is_utc_and_the_offset_of_that_moment(void **state)
{
	assert_int_equal(terminal_clock_server(&forward, CHANGE_US - 1),
	    CHANGE_US - 1 + 2 * HOUR_US);
	assert_int_equal(terminal_clock_server(&forward, CHANGE_US), CHANGE_US + 3 * HOUR_US);
	assert_int_equal(terminal_clock_server(&back, CHANGE_US), CHANGE_US + 2 * HOUR_US);
}

static void
what_the_clock_showed_is_turned_into_utc_again(void **state)
{
	for (int64_t at = -3 * HOUR_US; at < 3 * HOUR_US; at += 7 * 60 * CLOCK_SECOND_US) {
		int64_t utc_us = CHANGE_US + at, ignored;

		assert_int_equal(
		    terminal_clock_utc(&forward, terminal_clock_server(&forward, utc_us)), utc_us);
		if (!terminal_clock_closed(&back, utc_us, &ignored))
			assert_int_equal(
			    terminal_clock_utc(&back, terminal_clock_server(&back, utc_us)),
			    utc_us);
	}
}

static void
what_the_clock_never_showed_is_the_change_itself(void **state)
{
	int64_t skipped_us = CHANGE_US + 2 * HOUR_US + HOUR_US / 2;

	assert_int_equal(terminal_clock_utc(&forward, skipped_us), CHANGE_US);
}

static void
the_market_is_closed_while_a_clock_shows_an_hour_again(void **state)
{
	int64_t until_us = 0;

	assert_false(terminal_clock_closed(&back, CHANGE_US - 1, &until_us));
	assert_true(terminal_clock_closed(&back, CHANGE_US, &until_us));
	assert_int_equal(until_us, CHANGE_US + HOUR_US);
	assert_true(terminal_clock_closed(&back, CHANGE_US + HOUR_US - 1, &until_us));
	assert_false(terminal_clock_closed(&back, CHANGE_US + HOUR_US, &until_us));
	assert_false(terminal_clock_closed(&forward, CHANGE_US, &until_us));
}

static void
an_offset_is_whole_quarters_of_an_hour(void **state)
{
	int64_t offset_us = 1;

	assert_true(terminal_option_offset("+03:00", &offset_us));
	assert_int_equal(offset_us, 3 * HOUR_US);
	assert_true(terminal_option_offset("-05:45", &offset_us));
	assert_int_equal(offset_us, -5 * HOUR_US - 45 * 60 * CLOCK_SECOND_US);
	assert_false(terminal_option_offset("+03:07", &offset_us));
	assert_false(terminal_option_offset("+15:00", &offset_us));
	assert_false(terminal_option_offset("+03:60", &offset_us));
	assert_false(terminal_option_offset("03:00", &offset_us));
	assert_false(terminal_option_offset("+3:00", &offset_us));
	assert_false(terminal_option_offset("+0300x", &offset_us));
	assert_int_equal(offset_us, -5 * HOUR_US - 45 * 60 * CLOCK_SECOND_US);
}

static void
a_change_is_an_hour_more_or_said_to_be_back(void **state)
{
	struct terminal_clock clock = { 0 };

	assert_true(terminal_option_dst("2026-10-25T01:00:00Z,back", &clock));
	assert_int_equal(clock.change_at_us, INT64_C(1792890000000000));
	assert_int_equal(clock.change_us, -HOUR_US);
	assert_true(terminal_option_dst("2026-10-25T01:00:00Z", &clock));
	assert_int_equal(clock.change_us, HOUR_US);
	assert_false(terminal_option_dst("2026-10-25T01:00:00Z,forth", &clock));
	assert_false(terminal_option_dst("", &clock));
}

static void
a_span_has_two_times_in_order(void **state)
{
	int64_t from_us = 7, to_us = 8;

	assert_true(terminal_option_span("1000,2000", &from_us, &to_us));
	assert_int_equal(from_us, 1000000);
	assert_int_equal(to_us, 2000000);
	assert_false(terminal_option_span("2000,1000", &from_us, &to_us));
	assert_false(terminal_option_span("1000", &from_us, &to_us));
	assert_false(terminal_option_span("1000,2000,3000", &from_us, &to_us));
	assert_int_equal(to_us, 2000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_brokers_time_is_utc_and_the_offset_of_that_moment),
		cmocka_unit_test(what_the_clock_showed_is_turned_into_utc_again),
		cmocka_unit_test(what_the_clock_never_showed_is_the_change_itself),
		cmocka_unit_test(the_market_is_closed_while_a_clock_shows_an_hour_again),
		cmocka_unit_test(an_offset_is_whole_quarters_of_an_hour),
		cmocka_unit_test(a_change_is_an_hour_more_or_said_to_be_back),
		cmocka_unit_test(a_span_has_two_times_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
