#include "analysisd/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"

#define HOUR_US (3600 * CLOCK_SECOND_US)

static void
assert_session(int64_t time_us, const char *name)
{
	assert_string_equal(session_name(session_at(time_us)), name);
}

static void
each_session_starts_inclusive_and_ends_exclusive(void **state)
{
	static const struct {
		int hour;
		const char *before, *from;
	} edges[] = {
		{0, "Asian", "Asian"},	   {8, "Asian", "London"},     {13, "London", "Overlap"},
		{16, "Overlap", "NewYork"}, {21, "NewYork", "Asian"}, {24, "Asian", "Asian"},
	};
	const int64_t days[] = {0, 19944 * CLOCK_DAY_US, -3 * CLOCK_DAY_US};

	for (size_t d = 0; d < sizeof(days) / sizeof(days[0]); d++)
		for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
			int64_t edge_us = days[d] + edges[i].hour * HOUR_US;

			assert_session(edge_us - 1, edges[i].before);
			assert_session(edge_us, edges[i].from);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_session_starts_inclusive_and_ends_exclusive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
