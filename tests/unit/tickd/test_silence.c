#define _GNU_SOURCE
#include "tickd/feed/silence.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

#define SECOND CLOCK_SECOND_US
#define LEAST_US (60 * SECOND)

/* Looks once a second until something is to be done; returns after how many, -1: nothing. */
static int
look_until(struct silence *silence, enum silence_step wanted, int seconds)
{
	for (int i = 1; i <= seconds; i++) {
		enum silence_step step = silence_look(silence, SECOND, 0, true, LEAST_US);

		if (step == SILENCE_NOTHING)
			continue;
		assert_int_equal(step, wanted);
		return i;
	}
	return -1;
}

/* `trades` in each of so many looks that lie apart by interval. */
static void
trade(struct silence *silence, int looks, int64_t interval_us, int64_t trades)
{
	for (int i = 0; i < looks; i++)
		(void)silence_look(silence, interval_us, trades, true, LEAST_US);
}

static void
a_symbol_that_trades_often_is_silent_after_the_setting(void **state)
{
	struct silence silence = {0};

	trade(&silence, 600, SECOND, 50);
	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 1000), 60);
	assert_int_equal(silence.stage, SILENCE_NOTICED);
}

static void
a_symbol_that_trades_rarely_has_twenty_of_its_intervals(void **state)
{
	struct silence silence = {0};

	trade(&silence, 100, 30 * SECOND, 1);
	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 1000), 600);
}

static void
a_symbol_that_never_traded_has_ten_times_the_setting(void **state)
{
	struct silence silence = {0};

	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 1000), 600);
}

static void
what_is_usual_follows_the_market_over_minutes(void **state)
{
	struct silence silence = {0};

	trade(&silence, 3600, SECOND, 10);
	assert_true(silence.usual_us > 0.09 * (double)SECOND && silence.usual_us < 0.11 * (double)SECOND);
	trade(&silence, 360, 10 * SECOND, 1); /* an hour */
	assert_true(silence.usual_us > 7 * (double)SECOND && silence.usual_us < 11 * (double)SECOND);
	trade(&silence, 3600, SECOND, 10);
	assert_true(silence.usual_us < 0.11 * (double)SECOND);
}

static void
silence_is_met_step_by_step_and_ever_more_rarely(void **state)
{
	struct silence silence = {0};
	static const int again[] = {120, 240, 480, 960, 1920, 3600, 3600, 3600};

	trade(&silence, 600, SECOND, 50);
	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 5000), 60);
	assert_int_equal(look_until(&silence, SILENCE_REPLACE, 5000), 60);
	assert_int_equal(look_until(&silence, SILENCE_GIVE_UP, 5000), 60);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE, 5000), again[i]);
	assert_int_equal(silence_look(&silence, SECOND, 1, true, LEAST_US), SILENCE_BACK);
	assert_int_equal(silence.stage, SILENCE_HEARD);
	assert_int_equal(silence_look(&silence, SECOND, 1, true, LEAST_US), SILENCE_NOTHING);
}

static void
a_connection_that_delivers_nothing_makes_no_symbol_silent(void **state)
{
	struct silence silence = {0};

	trade(&silence, 600, SECOND, 50);
	assert_int_equal(look_until(&silence, SILENCE_NOTHING, 59), -1);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(silence_look(&silence, SECOND, 0, false, LEAST_US), SILENCE_NOTHING);
	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 1), 1);
}

static void
after_a_lost_connection_quiet_time_begins_anew_but_not_the_steps(void **state)
{
	struct silence silence = {0};

	trade(&silence, 600, SECOND, 50);
	assert_int_equal(look_until(&silence, SILENCE_NOTHING, 59), -1);
	silence_restart(&silence);
	assert_int_equal(look_until(&silence, SILENCE_RESUBSCRIBE_FIRST, 100), 60);
	silence_restart(&silence);
	assert_int_equal(silence.stage, SILENCE_NOTICED);
	assert_int_equal(look_until(&silence, SILENCE_REPLACE, 100), 60);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_symbol_that_trades_often_is_silent_after_the_setting),
		cmocka_unit_test(a_symbol_that_trades_rarely_has_twenty_of_its_intervals),
		cmocka_unit_test(a_symbol_that_never_traded_has_ten_times_the_setting),
		cmocka_unit_test(what_is_usual_follows_the_market_over_minutes),
		cmocka_unit_test(silence_is_met_step_by_step_and_ever_more_rarely),
		cmocka_unit_test(a_connection_that_delivers_nothing_makes_no_symbol_silent),
		cmocka_unit_test(after_a_lost_connection_quiet_time_begins_anew_but_not_the_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
