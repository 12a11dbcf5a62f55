#include "supervisor/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S INT64_C(1000000)

static const struct watch_limits limits = {30 * S, 10 * S, 5 * S};
static const int64_t t0 = 1000 * S;

static struct watch
started(void)
{
	struct watch watch;

	watch_start(&watch, &limits, t0);
	return watch;
}

static struct watch
ready_at_once(void)
{
	struct watch watch = started();

	assert_true(watch_ready(&watch, &limits, t0));
	return watch;
}

static void
a_child_is_starting_until_it_says_ready(void **state)
{
	struct watch watch = started();

	assert_int_equal(watch.state, WATCH_STARTING);
	assert_int_equal(watch.ready_us, 0);
	assert_int_equal(watch_time(&watch, &limits, t0 + 30 * S - 1), WATCH_WAIT);
	assert_true(watch_ready(&watch, &limits, t0 + 30 * S - 1));
	assert_int_equal(watch.state, WATCH_READY);
	assert_int_equal(watch.ready_us, t0 + 30 * S - 1);
}

static void
ready_said_twice_is_news_once(void **state)
{
	struct watch watch = ready_at_once();

	assert_false(watch_ready(&watch, &limits, t0 + S));
	assert_int_equal(watch.ready_us, t0);
}

static void
one_that_is_not_ready_in_time_is_ended_and_then_killed(void **state)
{
	struct watch watch = started();

	assert_int_equal(watch_time(&watch, &limits, t0 + 30 * S), WATCH_TERMINATE);
	assert_int_equal(watch.state, WATCH_UNREADY);
	assert_int_equal(watch_time(&watch, &limits, t0 + 35 * S - 1), WATCH_WAIT);
	assert_int_equal(watch_time(&watch, &limits, t0 + 35 * S), WATCH_KILL);
	assert_int_equal(watch_time(&watch, &limits, t0 + 9999 * S), WATCH_WAIT);
}

static void
ready_comes_too_late_for_one_that_is_being_ended(void **state)
{
	struct watch watch = started();

	assert_int_equal(watch_time(&watch, &limits, t0 + 30 * S), WATCH_TERMINATE);
	assert_false(watch_ready(&watch, &limits, t0 + 31 * S));
	assert_int_equal(watch.state, WATCH_UNREADY);
}

static void
each_sign_of_life_buys_one_period(void **state)
{
	struct watch watch = ready_at_once();

	for (int i = 1; i < 20; i++) {
		assert_int_equal(watch_time(&watch, &limits, t0 + i * 9 * S), WATCH_WAIT);
		watch_alive(&watch, &limits, t0 + i * 9 * S);
	}
	assert_int_equal(watch.state, WATCH_READY);
	assert_int_equal(watch.seen_us, t0 + 19 * 9 * S);
}

static void
a_silent_one_is_hung_aborted_and_after_its_grace_killed(void **state)
{
	struct watch watch = ready_at_once();

	assert_int_equal(watch_time(&watch, &limits, t0 + 10 * S), WATCH_ABORT);
	assert_int_equal(watch.state, WATCH_HUNG);
	watch_alive(&watch, &limits, t0 + 10 * S + 1); /* too late */
	assert_int_equal(watch_time(&watch, &limits, t0 + 11 * S - 1), WATCH_WAIT);
	assert_int_equal(watch_time(&watch, &limits, t0 + 11 * S), WATCH_KILL);
}

static void
a_watcher_that_was_held_up_grants_another_period(void **state)
{
	struct watch watch = ready_at_once();

	assert_int_equal(watch_time(&watch, &limits, t0 + 25 * S), WATCH_WAIT);
	assert_int_equal(watch.state, WATCH_READY);
	assert_int_equal(watch_time(&watch, &limits, t0 + 35 * S), WATCH_ABORT);
}

static void
no_sign_of_life_is_asked_for_before_ready(void **state)
{
	struct watch watch = started();

	assert_int_equal(watch_time(&watch, &limits, t0 + 20 * S), WATCH_WAIT);
}

static void
zero_is_no_limit(void **state)
{
	const struct watch_limits none = {0, 0, 5 * S};
	struct watch watch;

	watch_start(&watch, &none, t0);
	assert_int_equal(watch.deadline_us, WATCH_NEVER);
	assert_int_equal(watch_time(&watch, &none, t0 + 99999 * S), WATCH_WAIT);
	assert_true(watch_ready(&watch, &none, t0 + 99999 * S));
	watch_alive(&watch, &none, t0 + 99999 * S);
	assert_int_equal(watch.deadline_us, WATCH_NEVER);
}

static void
one_that_is_asked_to_stop_has_its_time_and_is_killed(void **state)
{
	struct watch watch = ready_at_once();

	watch_stopping(&watch, &limits, t0 + S);
	assert_int_equal(watch.state, WATCH_STOPPING);
	watch_alive(&watch, &limits, t0 + 2 * S); /* does not lengthen it */
	watch_stopping(&watch, &limits, t0 + 3 * S);
	assert_int_equal(watch_time(&watch, &limits, t0 + 6 * S - 1), WATCH_WAIT);
	assert_int_equal(watch_time(&watch, &limits, t0 + 6 * S), WATCH_KILL);
}

static void
stopping_does_not_lengthen_the_grace_of_a_hung_one(void **state)
{
	struct watch watch = ready_at_once();

	assert_int_equal(watch_time(&watch, &limits, t0 + 10 * S), WATCH_ABORT);
	watch_stopping(&watch, &limits, t0 + 10 * S);
	assert_int_equal(watch_time(&watch, &limits, t0 + 11 * S), WATCH_KILL);
}

static void
a_stop_timeout_of_zero_kills_at_once(void **state)
{
	const struct watch_limits none = {30 * S, 10 * S, 0};
	struct watch watch;

	watch_start(&watch, &none, t0);
	watch_stopping(&watch, &none, t0);
	assert_int_equal(watch_time(&watch, &none, t0), WATCH_KILL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_is_starting_until_it_says_ready),
		cmocka_unit_test(ready_said_twice_is_news_once),
		cmocka_unit_test(one_that_is_not_ready_in_time_is_ended_and_then_killed),
		cmocka_unit_test(ready_comes_too_late_for_one_that_is_being_ended),
		cmocka_unit_test(each_sign_of_life_buys_one_period),
		cmocka_unit_test(a_silent_one_is_hung_aborted_and_after_its_grace_killed),
		cmocka_unit_test(a_watcher_that_was_held_up_grants_another_period),
		cmocka_unit_test(no_sign_of_life_is_asked_for_before_ready),
		cmocka_unit_test(zero_is_no_limit),
		cmocka_unit_test(one_that_is_asked_to_stop_has_its_time_and_is_killed),
		cmocka_unit_test(stopping_does_not_lengthen_the_grace_of_a_hung_one),
		cmocka_unit_test(a_stop_timeout_of_zero_kills_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
