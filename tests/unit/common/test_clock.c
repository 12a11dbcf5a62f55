#define _GNU_SOURCE
#include "common/clock.h"

#include <errno.h>

#include "tests/unit/common/scratch.h"

static void
a_time_is_written_in_utc_with_the_places_asked_for(void **state)
{
	static const struct {
		int64_t time_us;
		int places;
		const char *text;
	} cases[] = {
		{0, 0, "1970-01-01T00:00:00Z"},
		{0, 6, "1970-01-01T00:00:00.000000Z"},
		{1769903999123456, 6, "2026-01-31T23:59:59.123456Z"},
		{1769903999123456, 3, "2026-01-31T23:59:59.123Z"},
		{1769903999999999, 0, "2026-01-31T23:59:59Z"},
		{-1, 6, "1969-12-31T23:59:59.999999Z"},
		{951782400000000, 0, "2000-02-29T00:00:00Z"},
	};
	char text[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(clock_format(cases[i].time_us, cases[i].places, text),
		    cases[i].text);
}

static void
the_furthest_times_fit_the_buffer(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	assert_string_equal(clock_format(INT64_MIN, 6, text), "-290308-12-21T19:59:05.224192Z");
	assert_string_equal(clock_format(INT64_MAX, 6, text), "294247-01-10T04:00:54.775807Z");
}

static void
iso_8601_and_milliseconds_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t time_us;
	} cases[] = {
		{"2026-01-31", 1769817600000000},
		{"2026-01-31T23:59:59", 1769903999000000},
		{"2026-01-31 23:59:59", 1769903999000000},
		{"2026-01-31T23:59:59Z", 1769903999000000},
		{"2026-01-31T23:59:59.5Z", 1769903999500000},
		{"2026-01-31T23:59:59.123456", 1769903999123456},
		{"2026-01-31T23:59:59.123456999Z", 1769903999123456},
		{"2026-01-31T23:59:59+03:00", 1769893199000000},
		{"2026-01-31T23:59:59.25-00:30", 1769905799250000},
		{"2026-01-31Z", 1769817600000000},
		{"2000-02-29", 951782400000000},
		{"0", 0},
		{"1769903999123", 1769903999123000},
		{"-1500", -1500000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t time_us = 42;

		assert_int_equal(clock_parse(cases[i].text, &time_us), 0);
		assert_int_equal(time_us, cases[i].time_us);
	}
}

static void
every_other_text_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "-", "now", "12x", " 12", "+12", "1e3", "1.5",
	    "2026-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
	    "2026-1-31", "2026-01-3", "2026- 1- 1", " 202-01-01", "2026-01-31T", "2026-01-31T24:00:00",
	    "2026-01-31T23:60:00", "2026-01-31T23:59:60", "2026-01-31T23:59", "2026-01-31T 1: 2: 3",
	    "2026-01-31T23:59:59.", "2026-01-31T23:59:59.1234567890", "2026-01-31T23:59:59z",
	    "2026-01-31T23:59:59+3:00", "2026-01-31T23:59:59+0300", "2026-01-31T23:59:59+24:00",
	    "2026-01-31T23:59:59+01:60", "2026-01-31T23:59:59+-1:05", "2026-01-31T23:59:59+ 1:05",
	    "2026-01-31T23:59:59 +01:00", "2026-01-31T23:59:59+01:00x", "2026-01-31x",
	    "9223372036854776", "9223372036854775808", "-9223372036854776"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int64_t time_us = 42;

		if (clock_parse(texts[i], &time_us) != -EINVAL || time_us != 42)
			fail_msg("accepted: \"%s\"", texts[i]);
	}
}

static void
every_time_that_is_written_is_read_again(void **state)
{
	const int64_t first_us = -30610224000000000; /* year 1000, four digits from there */
	const int64_t span_us = 284012524800000000;  /* to the end of 9999 */
	uint64_t chance = chance_seed();
	char text[CLOCK_TEXT_SIZE];

	for (int i = 0; i < 20000; i++) {
		int64_t time_us = first_us + chance_below(&chance, span_us), back;

		assert_int_equal(clock_parse(clock_format(time_us, 6, text), &back), 0);
		assert_int_equal(back, time_us);
	}
}

static void
the_monotonic_clock_never_goes_back(void **state)
{
	int64_t last_us = clock_monotonic_us();

	for (int i = 0; i < 10000; i++) {
		int64_t now_us = clock_monotonic_us();

		assert_true(now_us >= last_us);
		last_us = now_us;
	}
}

static void
the_wall_clock_counts_microseconds_since_1970(void **state)
{
	time_t before = time(NULL);
	int64_t now_us = clock_wall_us();

	assert_in_range(now_us / CLOCK_SECOND_US, before - 1, before + 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_written_in_utc_with_the_places_asked_for),
		cmocka_unit_test(the_furthest_times_fit_the_buffer),
		cmocka_unit_test(iso_8601_and_milliseconds_are_read),
		cmocka_unit_test(every_other_text_is_refused),
		cmocka_unit_test(every_time_that_is_written_is_read_again),
		cmocka_unit_test(the_monotonic_clock_never_goes_back),
		cmocka_unit_test(the_wall_clock_counts_microseconds_since_1970),
	};

	return cmocka_run_group_tests_name("common/clock", tests, NULL, NULL);
}
