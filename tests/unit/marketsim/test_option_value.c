#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "marketsim/option_value.h"

static void
a_mute_is_after_frames_or_after_a_time(void **state)
{
	struct mute_rule rule;

	assert_true(option_mute("BTCUSDT:500", &rule));
	assert_string_equal(rule.symbol, "BTCUSDT");
	assert_int_equal(rule.after_frames, 500);
	assert_false(rule.for_ever);
	assert_true(option_mute("ETHUSDT:2.5s:for-ever", &rule));
	assert_int_equal(rule.after_frames, -1);
	assert_int_equal(rule.after_us, 2500000);
	assert_true(rule.for_ever);
}

static void
a_hole_is_a_range_of_trades_from_the_first_on(void **state)
{
	char symbol[INSTRUMENT_NAME_SIZE];
	int64_t first, last;

	assert_true(option_hole("BTCUSDT:100-250", symbol, &first, &last));
	assert_string_equal(symbol, "BTCUSDT");
	assert_int_equal(first, 100);
	assert_int_equal(last, 250);
}

static void
nonsense_is_refused(void **state)
{
	static const char *const mutes[] = { "", "BTCUSDT", "BTCUSDT:", ":5", "BTCUSDT:x",
		"BTCUSDT:5:ever", "BTCUSDT:-5", "BTCUSDT:5:for-ever:",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ:5" };
	static const char *const holes[] = { "", "BTCUSDT", "BTCUSDT:5", "BTCUSDT:0-5", ":1-2",
		"BTCUSDT:5-4", "BTCUSDT:1-2-3", "BTCUSDT:-1-2" };
	char symbol[INSTRUMENT_NAME_SIZE], address[8];
	struct mute_rule rule;
	int64_t first, last, us;
	int port;

	for (size_t i = 0; i < sizeof(mutes) / sizeof(mutes[0]); i++)
		assert_false(option_mute(mutes[i], &rule));
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		assert_false(option_hole(holes[i], symbol, &first, &last));
	assert_false(option_duration("-1s", CLOCK_DAY_US, &us));
	assert_false(option_duration("2d", CLOCK_DAY_US, &us));
	assert_false(option_duration("5 s", CLOCK_DAY_US, &us));
	assert_false(option_address("127.0.0.1:80", address, sizeof(address), &port));
	assert_true(option_address("[::1]:80", address, sizeof(address), &port));
	assert_string_equal(address, "::1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mute_is_after_frames_or_after_a_time),
		cmocka_unit_test(a_hole_is_a_range_of_trades_from_the_first_on),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
