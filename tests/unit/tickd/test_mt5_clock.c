#define _GNU_SOURCE
#include "tickd/mt5/mt5_clock.h"

#include "common/clock.h"
#include "common/tick.h"
#include "tests/unit/common/scratch.h"

#define UTC_S INT64_C(1724000000)
#define UTC_US (UTC_S * CLOCK_SECOND_US)
#define HOUR_S 3600

static enum broker_clock
hear(struct mt5_clock *clock, int64_t utc_s, int64_t offset_s, int64_t now_us)
{
	const struct mt5_clocks clocks = {utc_s + offset_s, utc_s};

	return mt5_clock_hear(clock, &clocks, now_us);
}

static void
before_anything_was_heard_the_time_is_what_the_caller_says(void **state)
{
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	assert_int_equal(mt5_clock_now(&clock, 5, 77), 77);
}

static void
between_messages_the_venues_time_goes_on_with_ours(void **state)
{
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	assert_int_equal(hear(&clock, UTC_S, 3 * HOUR_S, 1000), BROKER_CLOCK_CHANGED);
	assert_int_equal(mt5_clock_now(&clock, 1000, 0), UTC_US);
	assert_int_equal(mt5_clock_now(&clock, 1000 + 2500000, 0), UTC_US + 2500000);
	assert_int_equal(hear(&clock, UTC_S + 10, 3 * HOUR_S, 7000000), BROKER_CLOCK_AGREES);
	assert_int_equal(mt5_clock_now(&clock, 7000001, 0), UTC_US + 10 * CLOCK_SECOND_US + 1);
}

/* The broker's clock counts, by the offset that is believed, and not that of the terminal's PC. */
static void
a_terminal_whose_own_clock_is_some_minutes_off_does_no_harm(void **state)
{
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	(void)hear(&clock, UTC_S + 240, 3 * HOUR_S - 240, 0);
	assert_int_equal(mt5_clock_now(&clock, 0, 0), UTC_US);
}

static void
while_the_offset_is_in_doubt_the_terminals_own_utc_counts(void **state)
{
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	(void)hear(&clock, UTC_S, 2 * HOUR_S, 0);
	assert_int_equal(hear(&clock, UTC_S + 1, 3 * HOUR_S, 1000000), BROKER_CLOCK_DIFFERS);
	assert_int_equal(mt5_clock_now(&clock, 1000000, 0), UTC_US + CLOCK_SECOND_US);
	assert_int_equal(hear(&clock, UTC_S + 70, 3 * HOUR_S, 70000000), BROKER_CLOCK_CHANGED);
	assert_int_equal(mt5_clock_now(&clock, 70000000, 0), UTC_US + 70 * CLOCK_SECOND_US);
}

static void
an_absurd_clock_is_not_heard(void **state)
{
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	(void)hear(&clock, UTC_S, 2 * HOUR_S, 0);
	assert_int_equal(hear(&clock, UTC_S + 1, 16 * HOUR_S, 1000000), BROKER_CLOCK_ABSURD);
	assert_int_equal(hear(&clock, UTC_S + 1, -16 * HOUR_S, 1000000), BROKER_CLOCK_ABSURD);
	assert_int_equal(mt5_clock_now(&clock, 5000000, 0), UTC_US + 5 * CLOCK_SECOND_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_anything_was_heard_the_time_is_what_the_caller_says),
		cmocka_unit_test(between_messages_the_venues_time_goes_on_with_ours),
		cmocka_unit_test(a_terminal_whose_own_clock_is_some_minutes_off_does_no_harm),
		cmocka_unit_test(while_the_offset_is_in_doubt_the_terminals_own_utc_counts),
		cmocka_unit_test(an_absurd_clock_is_not_heard),
	};

	return cmocka_run_group_tests_name("tickd/mt5_clock", tests, NULL, NULL);
}
