#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/retention.h"
#include "common/tick.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)
#define NOW_US INT64_C(1783000000000000) /* some wall time */
#define MONOTONIC_US INT64_C(5000000000)

/* ---- slices ---- */

static void
the_first_slice_is_small_and_due_at_once(void **state)
{
	struct retention_pace pace;

	retention_pace_start(&pace);
	assert_int_equal(pace.rows, RETENTION_SLICE_MIN);
	assert_int_equal(pace.due_us, 0);
}

static void
quick_slices_grow_and_slow_ones_shrink_within_the_limits(void **state)
{
	struct retention_pace pace;

	retention_pace_start(&pace);
	for (int i = 0; i < 10; i++)
		retention_pace_next(&pace, pace.rows, 1000, 0);
	assert_int_equal(pace.rows, RETENTION_SLICE_MAX);
	retention_pace_next(&pace, pace.rows, RETENTION_SLICE_US - 1, 0);
	assert_int_equal(pace.rows, RETENTION_SLICE_MAX);
	for (int i = 0; i < 10; i++)
		retention_pace_next(&pace, pace.rows, 1000000, 0);
	assert_int_equal(pace.rows, RETENTION_SLICE_MIN);
}

static void
nine_tenths_of_the_time_are_left_to_other_work(void **state)
{
	struct retention_pace pace;

	retention_pace_start(&pace);
	retention_pace_next(&pace, pace.rows, 8000, MONOTONIC_US);
	assert_int_equal(pace.due_us, MONOTONIC_US + 72000);
	retention_pace_next(&pace, pace.rows, 10, MONOTONIC_US);
	assert_int_equal(pace.due_us, MONOTONIC_US + RETENTION_REST_US);
}

static void
once_nothing_is_left_or_after_a_failure_it_looks_again_later(void **state)
{
	struct retention_pace pace;

	retention_pace_start(&pace);
	retention_pace_next(&pace, pace.rows - 1, 10, MONOTONIC_US);
	assert_int_equal(pace.due_us, MONOTONIC_US + RETENTION_LOOK_US);
	retention_pace_next(&pace, -28, 10, 2 * MONOTONIC_US);
	assert_int_equal(pace.due_us, 2 * MONOTONIC_US + RETENTION_LOOK_US);
	assert_int_equal(pace.rows, RETENTION_SLICE_MIN);
}

/* ---- the clock ---- */

static void
a_clock_that_goes_as_it_should_is_followed(void **state)
{
	struct retention_clock clock;

	retention_clock_start(&clock, NOW_US - HOUR_US, NOW_US, MONOTONIC_US);
	for (int hour = 0; hour < 100; hour++) {
		int64_t at_us = hour * HOUR_US;

		/* Set by 20 hours once: less than what is doubted. */
		int64_t wall_us = NOW_US + at_us + (hour > 50 ? 20 * HOUR_US : 0);

		assert_int_equal(retention_clock_time(&clock, wall_us, MONOTONIC_US + at_us), wall_us);
		assert_false(clock.doubted);
	}
}

static void
a_leap_forward_is_believed_only_after_it_has_stood_for_an_hour(void **state)
{
	struct retention_clock clock;
	int64_t leap_us = 400 * CLOCK_DAY_US;

	retention_clock_start(&clock, TICK_NONE, NOW_US, MONOTONIC_US);
	for (int64_t at_us = 0; at_us < HOUR_US; at_us += 60 * CLOCK_SECOND_US) {
		assert_int_equal(retention_clock_time(&clock, NOW_US + at_us + leap_us,
				     MONOTONIC_US + at_us), NOW_US + at_us);
		assert_true(clock.doubted);
	}
	assert_int_equal(retention_clock_time(&clock, NOW_US + HOUR_US + leap_us,
			     MONOTONIC_US + HOUR_US), NOW_US + HOUR_US + leap_us);
	assert_false(clock.doubted);
}

static void
a_leap_that_is_taken_back_has_never_been(void **state)
{
	struct retention_clock clock;
	int64_t leap_us = 400 * CLOCK_DAY_US;

	retention_clock_start(&clock, TICK_NONE, NOW_US, MONOTONIC_US);
	assert_int_equal(retention_clock_time(&clock, NOW_US + leap_us, MONOTONIC_US), NOW_US);
	assert_int_equal(retention_clock_time(&clock, NOW_US + 7, MONOTONIC_US + 7), NOW_US + 7);
	assert_false(clock.doubted);
	/* The hour begins anew with another leap. */
	assert_int_equal(retention_clock_time(&clock, NOW_US + leap_us + 2 * HOUR_US,
			     MONOTONIC_US + 2 * HOUR_US), NOW_US + 2 * HOUR_US);
	assert_true(clock.doubted);
}

static void
a_clock_that_leaps_again_has_not_stood(void **state)
{
	struct retention_clock clock;

	retention_clock_start(&clock, TICK_NONE, NOW_US, MONOTONIC_US);
	for (int hour = 0; hour < 10; hour++)
		assert_int_equal(retention_clock_time(&clock,
				     NOW_US + (2 * hour + 2) * CLOCK_DAY_US, MONOTONIC_US +
				     hour * HOUR_US), NOW_US + hour * HOUR_US);
}

static void
a_leap_before_the_start_is_told_by_the_records(void **state)
{
	struct retention_clock clock;
	int64_t last_us = NOW_US - 3 * CLOCK_DAY_US;

	retention_clock_start(&clock, last_us, NOW_US, MONOTONIC_US);
	assert_int_equal(retention_clock_time(&clock, NOW_US, MONOTONIC_US), last_us);
	assert_true(clock.doubted);
	assert_int_equal(retention_clock_time(&clock, NOW_US + HOUR_US, MONOTONIC_US + HOUR_US),
	    NOW_US + HOUR_US);
	assert_false(clock.doubted);
}

static void
without_records_the_clock_is_believed_at_once(void **state)
{
	struct retention_clock clock;

	retention_clock_start(&clock, TICK_NONE, NOW_US, MONOTONIC_US);
	assert_int_equal(retention_clock_time(&clock, NOW_US, MONOTONIC_US), NOW_US);
	assert_false(clock.doubted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_slice_is_small_and_due_at_once),
		cmocka_unit_test(quick_slices_grow_and_slow_ones_shrink_within_the_limits),
		cmocka_unit_test(nine_tenths_of_the_time_are_left_to_other_work),
		cmocka_unit_test(once_nothing_is_left_or_after_a_failure_it_looks_again_later),
		cmocka_unit_test(a_clock_that_goes_as_it_should_is_followed),
		cmocka_unit_test(a_leap_forward_is_believed_only_after_it_has_stood_for_an_hour),
		cmocka_unit_test(a_leap_that_is_taken_back_has_never_been),
		cmocka_unit_test(a_clock_that_leaps_again_has_not_stood),
		cmocka_unit_test(a_leap_before_the_start_is_told_by_the_records),
		cmocka_unit_test(without_records_the_clock_is_believed_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
