#define _GNU_SOURCE
#include "tickd/reconnect.h"

#include "common/clock.h"
#include "tests/unit/common/scratch.h"

/* One attempt that fails at once; returns the delay until the next. */
static int64_t
fail_once(struct reconnect *reconnect, int64_t now_us, int jitter)
{
	reconnect_attempt(reconnect, now_us);
	return reconnect_delay(reconnect, 0, now_us, jitter);
}

static void
the_first_attempt_comes_at_once_and_the_later_ones_double_to_thirty_seconds(void **state)
{
	static const int64_t expected_ms[] = {
		0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};
	struct reconnect reconnect = {0};
	int64_t now_us = CLOCK_SECOND_US;

	for (size_t i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++) {
		int64_t delay_us = fail_once(&reconnect, now_us, 999);

		assert_int_equal(delay_us, expected_ms[i] * CLOCK_MS_US);
		now_us += delay_us;
	}
}

static void
jitter_takes_away_half_of_the_delay_at_the_most(void **state)
{
	for (int failures = 1; failures < 12; failures++) {
		int64_t least_us = 0, most_us = 0, middle_us = 0;

		for (int jitter = 0; jitter <= 999; jitter += 333) {
			struct reconnect reconnect = {.failures = failures};
			int64_t delay_us = reconnect_delay(&reconnect, 0, CLOCK_SECOND_US, jitter);

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
	int64_t now_us = CLOCK_SECOND_US;

	for (int i = 0; i < 10; i++)
		now_us += fail_once(&reconnect, now_us, 500);
	reconnect_attempt(&reconnect, now_us);
	now_us += RECONNECT_STABLE_US - 1;
	assert_true(reconnect_delay(&reconnect, RECONNECT_STABLE_US - 1, now_us, 500) > 0);
	reconnect_attempt(&reconnect, now_us);
	now_us += RECONNECT_STABLE_US;
	assert_int_equal(reconnect_delay(&reconnect, RECONNECT_STABLE_US, now_us, 500), 0);
	assert_int_equal(reconnect_delay(&reconnect, 0, now_us, 999), RECONNECT_MIN_US);
}

/* How a connection ends: after how long, drawn by chance. */
typedef int64_t lifetime(uint64_t *chance);

static int64_t
never_up(uint64_t *chance)
{
	return 0;
}

static int64_t
mostly_short(uint64_t *chance)
{
	return chance_below(chance, 20) == 0 ? RECONNECT_STABLE_US : chance_below(chance, 1000);
}

static int64_t
just_stable(uint64_t *chance)
{
	return RECONNECT_STABLE_US;
}

/* A day of it on a clock of our own: no window of five minutes holds too many attempts. */
static int64_t
live_a_day(lifetime *draw)
{
	static int64_t attempts_us[1 << 20];
	struct reconnect reconnect = {0};
	int64_t now_us = CLOCK_SECOND_US, count = 0;
	uint64_t chance = chance_seed();

	while (now_us < CLOCK_DAY_US) {
		int64_t open_us;

		reconnect_attempt(&reconnect, now_us);
		assert_true(count < 1 << 20);
		attempts_us[count++] = now_us;
		if (count > RECONNECT_ATTEMPTS)
			assert_true(now_us - attempts_us[count - 1 - RECONNECT_ATTEMPTS] >=
			    RECONNECT_WINDOW_US);
		open_us = draw(&chance);
		now_us += open_us;
		now_us += reconnect_delay(&reconnect, open_us, now_us,
		    (int)chance_below(&chance, 1000));
	}
	return count;
}

static void
a_day_of_failures_never_has_more_attempts_in_five_minutes_than_allowed(void **state)
{
	/* At 30 s with jitter there are 2880 to 5760 in a day. */
	assert_in_range(live_a_day(never_up), 2880, 6000);
	assert_true(live_a_day(mostly_short) > 2880);
	assert_in_range(live_a_day(just_stable), 1400, 1441);
}

/* Where every connection were stable in no time, only the window would hold it back. */
static void
the_window_holds_back_what_back_off_would_let_through(void **state)
{
	struct reconnect reconnect = {0};
	int64_t now_us = CLOCK_SECOND_US, delay_us = 0;
	int count = 0;

	do {
		reconnect_attempt(&reconnect, now_us);
		delay_us = reconnect_delay(&reconnect, RECONNECT_STABLE_US, now_us, 0);
		count++;
	} while (delay_us == 0 && count < 1000);
	assert_int_equal(count, RECONNECT_ATTEMPTS);
	assert_int_equal(delay_us, RECONNECT_WINDOW_US);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_attempt_comes_at_once_and_the_later_ones_double_to_thirty_seconds),
		cmocka_unit_test(jitter_takes_away_half_of_the_delay_at_the_most),
		cmocka_unit_test(a_stable_connection_forgets_earlier_failures),
		cmocka_unit_test(a_day_of_failures_never_has_more_attempts_in_five_minutes_than_allowed),
		cmocka_unit_test(the_window_holds_back_what_back_off_would_let_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
