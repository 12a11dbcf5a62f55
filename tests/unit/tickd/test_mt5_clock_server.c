#define _GNU_SOURCE
#include "tickd/mt5/mt5_clock.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define UTC_S INT64_C(1723161600) /* 2024-08-09T00:00:00Z */
#define HOUR_S INT64_C(3600)
#define SECOND CLOCK_SECOND_US

/* A broker two hours ahead of UTC, heard at monotonic 0. */
static struct mt5_clock
clock_of_broker(void)
{
	const struct mt5_clocks said = {.server_s = UTC_S + 2 * HOUR_S, .gmt_s = UTC_S};
	struct mt5_clock clock;

	mt5_clock_start(&clock);
	assert_int_equal(mt5_clock_hear(&clock, &said, 0), BROKER_CLOCK_CHANGED);
	return clock;
}

static void
the_broker_s_clock_is_ahead_by_its_offset(void **state)
{
	struct mt5_clock clock = clock_of_broker();

	assert_int_equal(mt5_clock_server(&clock, UTC_S * SECOND + 5),
	    (UTC_S + 2 * HOUR_S) * SECOND + 5);
}

/* A line's `expires` would be an hour late by one of the two. */
static void
while_its_offset_is_in_doubt_the_broker_s_clock_is_the_earlier_one(void **state)
{
	static const int64_t changes[] = {1, -1};

	for (int i = 0; i < 2; i++) {
		struct mt5_clock clock = clock_of_broker();
		const struct mt5_clocks said = {
			.server_s = UTC_S + 10 + (2 + changes[i]) * HOUR_S, .gmt_s = UTC_S + 10};
		int64_t earlier_s = (changes[i] > 0 ? 2 : 1) * HOUR_S;

		assert_int_equal(mt5_clock_hear(&clock, &said, 10 * SECOND),
		    BROKER_CLOCK_DIFFERS);
		assert_int_equal(mt5_clock_server(&clock, (UTC_S + 20) * SECOND),
		    (UTC_S + 20 + earlier_s) * SECOND);
		assert_int_equal(mt5_clock_now(&clock, 11 * SECOND, 0), (UTC_S + 11) * SECOND);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_broker_s_clock_is_ahead_by_its_offset),
		cmocka_unit_test(while_its_offset_is_in_doubt_the_broker_s_clock_is_the_earlier_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
