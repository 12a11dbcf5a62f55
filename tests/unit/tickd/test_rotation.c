#define _GNU_SOURCE
#include "tickd/feed/rotation.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define MINUTE_US (60 * CLOCK_SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define MIDNIGHT_US (20485 * CLOCK_DAY_US)
#define AT_US (3 * HOUR_US + 30 * MINUTE_US)

static int64_t
age_when_opened_at(int hour, int minute)
{
	return rotation_age(MIDNIGHT_US + hour * HOUR_US + minute * MINUTE_US, AT_US, 0);
}

static void
a_connection_is_replaced_at_the_time_of_day(void **state)
{
	assert_int_equal(age_when_opened_at(2, 0), 90 * MINUTE_US);
	assert_int_equal(age_when_opened_at(0, 0), 210 * MINUTE_US);
	assert_int_equal(age_when_opened_at(12, 0), 15 * HOUR_US + 30 * MINUTE_US);
	assert_int_equal(age_when_opened_at(4, 0), 23 * HOUR_US + 30 * MINUTE_US);
}

static void
a_connection_of_23_hours_and_a_half_is_replaced_in_any_case(void **state)
{
	assert_int_equal(age_when_opened_at(3, 30), ROTATION_AGE_US);
	assert_int_equal(age_when_opened_at(3, 45), ROTATION_AGE_US);
}

static void
a_young_connection_is_left_alone_at_the_time_of_day(void **state)
{
	assert_int_equal(age_when_opened_at(2, 59), 31 * MINUTE_US);
	assert_int_equal(age_when_opened_at(3, 0), ROTATION_AGE_US);
	assert_int_equal(age_when_opened_at(3, 29), ROTATION_AGE_US);
}

/* Years of it, each connection opened when the last one was replaced. */
static void
no_connection_reaches_its_24_hours_and_none_is_replaced_while_young(void **state)
{
	uint64_t chance = chance_seed();

	for (int run = 0; run < 50; run++) {
		int64_t at_us = chance_below(&chance, CLOCK_DAY_US), rotations = 0;
		int64_t now_us = MIDNIGHT_US + chance_below(&chance, CLOCK_DAY_US);
		int64_t end_us = now_us + 1000 * CLOCK_DAY_US;

		for (; now_us < end_us; rotations++) {
			int64_t age_us = rotation_age(now_us, at_us,
			    (int)chance_below(&chance, 1000));
			int64_t early_us;

			assert_in_range(age_us, ROTATION_YOUNG_US, CLOCK_DAY_US - 29 * MINUTE_US);
			now_us += age_us + chance_below(&chance, CLOCK_SECOND_US);
			early_us = (at_us - now_us % CLOCK_DAY_US + CLOCK_DAY_US) % CLOCK_DAY_US;
			/* After the first, always in the hour and a half before that time. */
			if (rotations > 0)
				assert_true(early_us < 90 * MINUTE_US ||
				    early_us > CLOCK_DAY_US - MINUTE_US);
		}
		assert_in_range(rotations, 1000, 2000);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_replaced_at_the_time_of_day),
		cmocka_unit_test(a_connection_of_23_hours_and_a_half_is_replaced_in_any_case),
		cmocka_unit_test(a_young_connection_is_left_alone_at_the_time_of_day),
		cmocka_unit_test(no_connection_reaches_its_24_hours_and_none_is_replaced_while_young),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
