#define _GNU_SOURCE
#include "tickd/feed/reconnect.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

static void
the_first_attempt_comes_at_once_and_the_later_ones_double_to_thirty_seconds(void **state)
{
	static const int64_t expected_ms[] = {
		0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
	struct reconnect reconnect = {0};

	for (size_t i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++)
		assert_int_equal(reconnect_delay(&reconnect, 0, 999), expected_ms[i] * CLOCK_MS_US);
}

static void
jitter_takes_away_half_of_the_delay_at_the_most(void **state)
{
	for (int failures = 1; failures < 12; failures++) {
		int64_t least_us = 0, most_us = 0, middle_us = 0;

		for (int jitter = 0; jitter <= 999; jitter += 333) {
			struct reconnect reconnect = {.failures = failures};
			int64_t delay_us = reconnect_delay(&reconnect, 0, jitter);

			*(jitter == 0 ? &least_us : jitter == 999 ? &most_us : &middle_us) = delay_us;
		}
		assert_int_equal(least_us * 2, most_us);
		assert_true(least_us < middle_us && middle_us < most_us);
		assert_in_range(most_us, RECONNECT_MIN_US, RECONNECT_MAX_US);
	}
}

static void
a_stable_connection_forgets_earlier_failures(void **state)
{
	struct reconnect reconnect = {0};

	for (int i = 0; i < 10; i++)
		(void)reconnect_delay(&reconnect, 0, 500);
	assert_true(reconnect_delay(&reconnect, RECONNECT_STABLE_US - 1, 500) > 0);
	assert_int_equal(reconnect_delay(&reconnect, RECONNECT_STABLE_US, 500), 0);
	assert_int_equal(reconnect_delay(&reconnect, 0, 999), RECONNECT_MIN_US);
}

static void
it_goes_on_for_ever(void **state)
{
	struct reconnect reconnect = {.failures = INT32_MAX - 1};

	for (int i = 0; i < 3; i++)
		assert_int_equal(reconnect_delay(&reconnect, 0, 999), RECONNECT_MAX_US);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_attempt_comes_at_once_and_the_later_ones_double_to_thirty_seconds),
		cmocka_unit_test(jitter_takes_away_half_of_the_delay_at_the_most),
		cmocka_unit_test(a_stable_connection_forgets_earlier_failures),
		cmocka_unit_test(it_goes_on_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
