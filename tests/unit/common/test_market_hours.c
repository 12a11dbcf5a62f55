#include "common/market_hours.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/tick.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US (1440 * MINUTE_US)
#define SUNDAY_US (INT64_C(1756598400) * 1000000) /* 31 August 2025, as the calendar has it */
#define FOREX "[[1,5,1440],[2,0,1440],[3,0,1440],[4,0,1440],[5,0,1435]]"

static struct market_hours
read_hours(const char *json)
{
	struct market_hours hours;

	assert_int_equal(market_hours_read(&hours, json), 0);
	return hours;
}

static int64_t
at(int day, int minute)
{
	return SUNDAY_US + day * DAY_US + minute * MINUTE_US;
}

static void
a_market_is_open_within_its_sessions_and_at_no_other_minute(void **state)
{
	struct market_hours hours = read_hours("[[1,60,120],[6,1430,1440]]");

	assert_int_equal(market_hours_open_since(&hours, at(1, 60)), at(1, 60));
	assert_int_equal(market_hours_open_since(&hours, at(1, 120) - 1), at(1, 60));
	assert_int_equal(market_hours_open_since(&hours, at(1, 60) - 1), TICK_NONE);
	assert_int_equal(market_hours_open_since(&hours, at(1, 120)), TICK_NONE);
	assert_int_equal(market_hours_open_since(&hours, at(2, 90)), TICK_NONE);
	assert_int_equal(market_hours_open_since(&hours, at(6, 1439)), at(6, 1430));
	assert_int_equal(market_hours_open_since(&hours, at(7, 0)), TICK_NONE);
}

static void
the_same_hours_hold_in_every_week_before_1970_too(void **state)
{
	struct market_hours hours = read_hours("[[1,60,120]]");
	int64_t long_ago = at(1, 90) - 3000 * 7 * DAY_US;

	assert_true(long_ago < 0);
	assert_int_equal(market_hours_open_since(&hours, long_ago + 1), long_ago - 30 * MINUTE_US);
	assert_int_equal(market_hours_open_since(&hours, long_ago + 7 * DAY_US),
	    long_ago + 7 * DAY_US - 30 * MINUTE_US);
}

static void
days_that_follow_each_other_are_one_session(void **state)
{
	struct market_hours hours = read_hours(FOREX);

	assert_int_equal(market_hours_open_since(&hours, at(5, 1434)), at(1, 5));
	assert_int_equal(market_hours_open_since(&hours, at(5, 1435)), TICK_NONE);
	assert_int_equal(market_hours_open_since(&hours, at(7, 3)), TICK_NONE);
}

static void
saturday_goes_on_into_sunday(void **state)
{
	struct market_hours hours = read_hours("[[6,600,1440],[0,0,100]]");

	assert_int_equal(market_hours_open_since(&hours, at(7, 50)), at(6, 600));
}

static void
a_market_that_never_closes_has_been_open_for_a_week(void **state)
{
	struct market_hours hours = read_hours("[[0,0,1440],[1,0,1440],[2,0,1440],[3,0,1440],"
					       "[4,0,1440],[5,0,1440],[6,0,1440]]");

	assert_int_equal(market_hours_open_since(&hours, at(3, 77)), at(3, 77) - 7 * DAY_US);
}

static void
sessions_that_overlap_are_one(void **state)
{
	struct market_hours hours = read_hours("[[2,100,300],[2,200,400]]");

	assert_int_equal(market_hours_open_since(&hours, at(2, 399)), at(2, 100));
}

static void
without_a_session_it_never_trades_and_an_empty_one_is_none(void **state)
{
	struct market_hours none = read_hours("[]"), empty = read_hours("[[1,60,60]]");

	assert_int_equal(market_hours_open_since(&none, at(1, 60)), TICK_NONE);
	assert_int_equal(market_hours_open_since(&empty, at(1, 60)), TICK_NONE);
}

static void
a_text_that_is_no_list_of_sessions_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {"", "{}", "7", "[1]", "[[1,2]]", "[[1,2,3,4]]",
		"[[7,0,1]]", "[[-1,0,1]]", "[[1,2,1]]", "[[1,-1,1]]", "[[1,0,1441]]",
		"[[1,0,1.5]]", "[[1,0,\"1\"]]", "[[1,0,4294967297]]"};
	struct market_hours hours = read_hours("[[1,60,120]]");
	char many[8 * (MARKET_HOURS_MAX + 1) + 8] = "[[1,0,1]";

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(market_hours_read(&hours, texts[i]), -EINVAL);
	for (int i = 0; i < MARKET_HOURS_MAX; i++)
		strcat(many, ",[1,0,1]");
	strcat(many, "]");
	assert_int_equal(market_hours_read(&hours, many), -EINVAL);
	assert_int_equal(market_hours_open_since(&hours, at(1, 60)), at(1, 60));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_market_is_open_within_its_sessions_and_at_no_other_minute),
		cmocka_unit_test(the_same_hours_hold_in_every_week_before_1970_too),
		cmocka_unit_test(days_that_follow_each_other_are_one_session),
		cmocka_unit_test(saturday_goes_on_into_sunday),
		cmocka_unit_test(a_market_that_never_closes_has_been_open_for_a_week),
		cmocka_unit_test(sessions_that_overlap_are_one),
		cmocka_unit_test(without_a_session_it_never_trades_and_an_empty_one_is_none),
		cmocka_unit_test(a_text_that_is_no_list_of_sessions_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
