#define _GNU_SOURCE
#include "tickd/rest/exchange_info.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

#define MINUTE_US INT64_C(60000000)
#define LIMIT(type, interval, count, limit)                                                        \
	"{\"rateLimitType\":\"" type "\",\"interval\":\"" interval "\",\"intervalNum\":" count         \
	",\"limit\":" limit "}"
#define INFO(limits) "{\"timezone\":\"UTC\",\"rateLimits\":[" limits "],\"symbols\":[]}"

static int64_t weight, interval_us;

static int
parsed(const char *body)
{
	weight = interval_us = -1;
	return exchange_info_parse(body, strlen(body), &weight, &interval_us);
}

static void
the_limit_on_weight_is_read(void **state)
{
	assert_int_equal(parsed(INFO(LIMIT("ORDERS", "SECOND", "10", "100") ","
	    LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "6000") ","
	    LIMIT("RAW_REQUESTS", "MINUTE", "5", "61000"))), 0);
	assert_int_equal(weight, 6000);
	assert_int_equal(interval_us, MINUTE_US);
	assert_int_equal(parsed(INFO(LIMIT("REQUEST_WEIGHT", "SECOND", "10", "50"))), 0);
	assert_int_equal(interval_us, MINUTE_US / 6);
}

static void
of_several_limits_the_strictest_counts(void **state)
{
	assert_int_equal(parsed(INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "6000") ","
	    LIMIT("REQUEST_WEIGHT", "HOUR", "1", "36000") ","
	    LIMIT("REQUEST_WEIGHT", "SECOND", "1", "500"))), 0);
	assert_int_equal(weight, 36000);
	assert_int_equal(interval_us, 60 * MINUTE_US);
}

static void
what_is_no_such_answer_is_refused_and_touches_nothing(void **state)
{
	static const char *const all[] = {"", "[]", "{}", "null", "<html>", "{\"rateLimits\":{}}",
		"{\"rateLimits\":7}", INFO(""), INFO("7"), INFO("{}"),
		INFO(LIMIT("ORDERS", "MINUTE", "1", "5")),
		INFO(LIMIT("REQUEST_WEIGHT", "FORTNIGHT", "1", "5")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "0", "5")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "0")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "-5")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "5.5")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "\"6000\"")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "9223372036854775807")),
		INFO(LIMIT("REQUEST_WEIGHT", "DAY", "9223372036854775807", "5")),
		INFO(LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "6000") ","
		    LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "0")),
		"{\"rateLimits\":[],\"rateLimits\":[" LIMIT("REQUEST_WEIGHT", "MINUTE", "1", "6") "]}"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (parsed(all[i]) != -EINVAL)
			fail_msg("taken for a limit: %s", all[i]);
		assert_int_equal(weight, -1);
		assert_int_equal(interval_us, -1);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_on_weight_is_read),
		cmocka_unit_test(of_several_limits_the_strictest_counts),
		cmocka_unit_test(what_is_no_such_answer_is_refused_and_touches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
